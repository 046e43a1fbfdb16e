"""The page people look at: its data, its layout, its hand-written front end, and the server's answers."""

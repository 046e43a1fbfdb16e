"""The same work on other engines, each as its own documentation has it done."""

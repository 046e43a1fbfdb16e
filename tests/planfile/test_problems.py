"""Everything that can be wrong with a plan is said at its place, with what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planfile.writing import chain, only, problems, said, steps

# What the one step of a chain is, and the column, the rest of the path and the words that follow.
VALUES = {
    # texts that YAML takes for something else
    "no": '9 : YAML reads a bare no as false, quote it: "no"',
    "On": '9 : YAML reads a bare On as true, quote it: "On"',
    "true": '9 : YAML reads a bare true as true, quote it: "true"',
    "~": '9 : YAML reads a bare ~ as nothing, quote it: "~"',
    "12:30": '9 : YAML reads a bare 12:30 as a number, quote it: "12:30"',
    "2026-01-01": '9 : YAML reads a bare 2026-01-01 as a date, quote it: "2026-01-01"',
    "2026": '9 : YAML reads a bare 2026 as a number, quote it: "2026"',
    "1.10": '9 : YAML reads a bare 1.10 as a number, quote it: "1.10"',
    "1e3": '9 : YAML reads a bare 1e3 as a number, quote it: "1e3"',
    "012": '9 : YAML reads a bare 012 as a number, quote it: "012"',
    "0o14": '9 : YAML reads a bare 0o14 as a number, quote it: "0o14"',
    "0xff": '9 : YAML reads a bare 0xff as a number, quote it: "0xff"',
    "1_000": '9 : YAML reads a bare 1_000 as a number, quote it: "1_000"',
    ".inf": '9 : YAML reads a bare .inf as a number, quote it: ".inf"',
    "{prompt: }": ("18 .prompt: nothing stands here, write a text, or leave it out"),
    '"a\\ab"': "9 : the text has the control character U+0007 in it, delete it",
    "'" + "锦" * 2501 + "'": "9 : 2,501 characters are too many, write at most 2,500",
    "[a]": "9 : a list cannot stand here, write a prompt, or a mapping with one",
    "{prompt: {a: b}}": "18 .prompt: a mapping cannot stand here, write a text",
    # keys
    "{promt: a}": "10 .promt: unknown key, did you mean prompt?",
    "{negativ_prompt: a}": "10 .negativ_prompt: unknown key, did you mean negative_prompt?",
    "{id: a, id: b}": "17 .id: written twice, first in line 6; keep one of the two",
    "{<<: {takes: 2}}": ("10 .<<: merge keys are not read here, write the keys out or use `defaults`"),
    "!foo a": "9 : tags are not read here, delete !foo",
    "!!python/name:os.system": "9 : tags are not read here, delete !!python/name:os.system",
    "{? [a] : b}": "12 : a list or mapping cannot be a key, write a word and a colon",
    "*nobody": "9 : *nobody has no &nobody before it, write the value out",
    "{fallbacks: &a [*a]}": "25 .fallbacks.1: *a contains itself, write the value out",
    # ids
    "{id: 7}": (
        "14 .id: 7 is a number, which names steps without an id, write a short name such as leap or 锦鲤"
    ),
    "{id: '7'}": (
        '14 .id: "7" is a number, which names steps without an id, write a short name such as leap or 锦鲤'
    ),
    "{id: ''}": '14 .id: "" is empty, write a short name such as leap or 锦鲤',
    "{id: " + "a" * 101 + "}": (
        f'14 .id: "{"a" * 39}…" has more than 100 characters, write a short name such as leap or 锦鲤'
    ),
    "{id: a b}": (
        '14 .id: "a b" has white space or an invisible character in it, '
        "write a short name such as leap or 锦鲤"
    ),
    "{id: a.b}": (
        '14 .id: "a.b" has . in it, which separates the parts of '
        "plan:chain.step#repeat@take, write a short name such as leap or 锦鲤"
    ),
    # numbers
    "{cfg_scale: 1.01}": "21 .cfg_scale: 1.01 is more than 1, write a number from 0 to 1",
    "{cfg_scale: -0.1}": "21 .cfg_scale: -0.1 is too little, write a number from 0 to 1",
    "{cfg_scale: .nan}": ("21 .cfg_scale: .nan is not a plain decimal number, write a number from 0 to 1"),
    "{cfg_scale: '0.5'}": ('21 .cfg_scale: "0.5" is a text because of its quotes, write 0.5 without them'),
    "{cfg_scale: half}": ('21 .cfg_scale: "half" is not a number, write a number from 0 to 1'),
    "{cfg_scale: 0.12345678}": (
        "21 .cfg_scale: 0.12345678 is finer than needed, write at most six decimal places"
    ),
    "{takes: 21}": "17 .takes: 21 is more than 20, write a whole number from 1 to 20",
    "{takes: 0}": "17 .takes: 0 is less than 1, write a whole number from 1 to 20",
    "{takes: 3.0}": "17 .takes: 3.0 is not a whole number, write a whole number from 1 to 20",
    "{takes: true}": "17 .takes: true is not a whole number, write a whole number from 1 to 20",
    "{attempts: 11}": "20 .attempts: 11 is more than 10, write a whole number from 1 to 10",
    "{repeat: 101}": "18 .repeat: 101 is more than 100, write a whole number from 1 to 100",
    "{repeat: full}": ('18 .repeat: "full" is not known here, write a whole number from 1 to 100, or fill'),
    "{pick: best}": (
        '16 .pick: "best" is not known here, write ask, first, longest, or the number of a take'
    ),
    "{pick: 2}": ("16 .pick: take 2 is to be picked of 1, write takes: 2 or pick another"),
    "{review: yes}": "18 .review: yes is neither true nor false, write true or false",
    "{fallbacks: a}": '21 .fallbacks: "a" cannot stand here, write fallbacks: [a prompt]',
    "{fallbacks: ['']}": ("22 .fallbacks.1: nothing stands between the quotes, write a prompt"),
    "{prompt: a, fallbacks: [b, a]}": (
        "36 .fallbacks.2: this prompt was tried before it, write another or delete it"
    ),
}


@pytest.mark.parametrize("step", VALUES)
def test_a_wrong_step(step: str) -> None:
    """A slip in a step is let through, or its author is not told where and what to write."""
    column, words = VALUES[step].split(" ", 1)
    assert only(steps(step)) == f"6:{column}: chains.koi.steps.1{words}"


SOURCES = {
    "{task_id: 1.5e10, video_id: b}": (
        '4:23: chains.koi.source.task_id: YAML reads a bare 1.5e10 as a number, quote it: "1.5e10"'
    ),
    "{task_id: 007, video_id: b}": (
        '4:23: chains.koi.source.task_id: YAML reads a bare 007 as a number, quote it: "007"'
    ),
    "{task_id: yes, video_id: b}": (
        '4:23: chains.koi.source.task_id: YAML reads a bare yes as true, quote it: "yes"'
    ),
    "{task_id: a b, video_id: b}": (
        '4:23: chains.koi.source.task_id: "a b" is not an id, write the id as the provider shows it'
    ),
    "{task_id: a, video_id: b, modle_name: c}": (
        "4:39: chains.koi.source.modle_name: unknown key, did you mean model_name?"
    ),
    "{task_id: a, video_id: b, duration: long}": (
        '4:49: chains.koi.source.duration: "long" is not a number, write seconds above 0 and up to 600'
    ),
    "{video_id: b}": (
        "4:13: chains.koi.source: task_id is missing, write task_id: … (the task that made the video)"
    ),
    "{task_id: a, video_id: b, kind: extend}": (
        '4:45: chains.koi.source.kind: "extend" is not known here, did you mean video-extend? '
        "Write video-extend, text2video or image2video"
    ),
    "{task_id: a, video_id: b, created_at: 1746773850}": (
        "4:51: chains.koi.source.created_at: 1746773850 is not an instant after 2017, "
        "write Unix milliseconds, or a date such as 2026-11-20T10:00:00Z"
    ),
    "{task_id: a, video_id: b, created_at: soon}": (
        '4:51: chains.koi.source.created_at: "soon" is not an instant, '
        "write Unix milliseconds, or a date such as 2026-11-20T10:00:00Z"
    ),
    "{task_id: a, video_id: b, chain: koi}": (
        "4:13: chains.koi.source: task_id and video_id and chain are several sources, "
        "keep exactly one of: task_id and video_id, text, image, chain, or node"
    ),
    "{}": (
        "4:13: chains.koi.source: this is no source, "
        "write exactly one of: task_id and video_id, text, image, chain, or node"
    ),
    "{vidio_id: b}": (
        "4:13: chains.koi.source: this is no source, did you mean video_id for vidio_id? "
        "Write exactly one of: task_id and video_id, text, image, chain, or node"
    ),
    "koi": (
        '4:13: chains.koi.source: "koi" cannot stand here, '
        "write a mapping with one of: task_id and video_id, text, image, chain, or node"
    ),
    "{text: {}}": "4:20: chains.koi.source.text: prompt is missing, write prompt: … (what is seen)",
    "{text: {prompt: ' '}}": (
        "4:29: chains.koi.source.text.prompt: nothing stands between the quotes, write a prompt"
    ),
    "{text: {prompt: x, duration: 6}}": (
        "4:42: chains.koi.source.text.duration: 6 is not known here, write 5 or 10"
    ),
    "{text: {prompt: x, aspect_ratio: 4:3}}": (
        "4:46: chains.koi.source.text.aspect_ratio: 4:3 is not known here, write 16:9, 9:16 or 1:1"
    ),
    "{text: {prompt: x, mode: 4k}}": (
        '4:38: chains.koi.source.text.mode: "4k" is not known here, write std or pro'
    ),
    "{text: {prompt: x, pick: 3, takes: 2}}": (
        "4:38: chains.koi.source.text.pick: take 3 is to be picked of 2, write takes: 3 or pick another"
    ),
    "{image: {}}": "4:21: chains.koi.source.image: image is missing, write image: picture.png",
    "{image: {image: 'data:image/png;base64,iVBOR'}}": (
        "4:29: chains.koi.source.image.image: a data: text cannot stand in a plan, "
        "write the path of a JPEG or PNG file, or a URL"
    ),
    "{image: {image: " + "iVBO" * 1000 + "}}": (
        "4:29: chains.koi.source.image.image: image data cannot stand in a plan, "
        "write the path of a JPEG or PNG file, or a URL"
    ),
    "{chain: koy}": "4:21: chains.koi.source.chain: there is no chain koy, did you mean koi?",
    "{step: a}": "4:13: chains.koi.source: chain is missing, write chain: … (the chain to branch from)",
}


@pytest.mark.parametrize("source", SOURCES)
def test_a_wrong_source(source: str) -> None:
    """A slip in a source is let through, or its author is not told where and what to write."""
    assert only(chain(f"source: {source}")) == SOURCES[source]


CHAINS = {
    "until: 0": "7:12: chains.koi.until: 0 is too little, write seconds above 0 and up to 3600",
    "until: 181": (
        "7:12: chains.koi.until: 181 is more than 180 s, and the provider extends no video beyond "
        "three minutes, write continue: auto beside it to go on from the last frame, or at most 180"
    ),
    "until: 3601": (
        "7:12: chains.koi.until: 3601 is more than 3600 s, an hour of film, "
        "write seconds above 0 and up to 3600"
    ),
    "continue: automatic": (
        '7:15: chains.koi.continue: "automatic" is not known here, did you mean auto? '
        "Write extend, frame or auto"
    ),
    "continue: [auto]": "7:15: chains.koi.continue: a list cannot stand here, write extend, frame or auto",
    "continue: {by: never}": (
        '7:20: chains.koi.continue.by: "never" is not known here, write extend, frame or auto'
    ),
    "continue: {model: x}": ("7:16: chains.koi.continue.model: unknown key, did you mean mode?"),
    "continu: auto": "7:5: chains.koi.continu: unknown key, did you mean continue?",
    "drift: 0.35": "7:12: chains.koi.drift: 0.35 cannot stand here, write drift: {stop: 0.35}",
    "drift: {stop: 0}": (
        "7:19: chains.koi.drift.stop: 0 is too little, write a drift such as 0.35 from 0.01 to 10"
    ),
    "drift: {top: 1}": "7:13: chains.koi.drift.top: unknown key, did you mean stop?",
    "budget: 5": "7:13: chains.koi.budget: 5 cannot stand here, write budget: {calls: 40}",
    "budget: {call: 5}": "7:14: chains.koi.budget.call: unknown key, did you mean calls?",
}


@pytest.mark.parametrize("line", CHAINS)
def test_a_wrong_chain(line: str) -> None:
    """A slip in a chain is let through, or its author is not told where and what to write."""
    assert only(steps("x") + f"    {line}\n") == CHAINS[line]


PLANS = {
    "name: a:b": (
        '7:7: name: "a:b" has : in it, which separates the parts of plan:chain.step#repeat@take, '
        "write a short name such as leap or 锦鲤"
    ),
    "provider: klng": (
        '7:11: provider: "klng" is not known here, did you mean kling? Write dmxapi, kling or sandbox'
    ),
    "provider: {concurrency: 1001}": (
        "7:25: provider.concurrency: 1001 is more than 1000, write a whole number from 1 to 1000"
    ),
    "provider: {base_url: ftp://host}": (
        '7:22: provider.base_url: "ftp://host" is not an http or https address, '
        "write an address such as https://www.dmxapi.cn"
    ),
    "provider: {base_url: 'https://me:key@host'}": (
        '7:22: provider.base_url: "https://me:key@host" has a name or password in it, '
        "write an address such as https://www.dmxapi.cn"
    ),
    "provider: {base_url: 'http://[::1'}": (
        '7:22: provider.base_url: "http://[::1" is not an address, '
        "write an address such as https://www.dmxapi.cn"
    ),
    "provider: {base_url: https://a b}": (
        '7:22: provider.base_url: "https://a b" is not one address, '
        "write an address such as https://www.dmxapi.cn"
    ),
    "provider: {base_url: https://a?b=c}": (
        '7:22: provider.base_url: "https://a?b=c" has a query in it, '
        "write an address such as https://www.dmxapi.cn"
    ),
    "provider: {patience: {send: 0}}": (
        "7:29: provider.patience.send: 0 is too little, write seconds above 0 and up to 600"
    ),
    "provider: {external_task_id: sometimes}": (
        '7:30: provider.external_task_id: "sometimes" is not known here, write always or never'
    ),
    "provider: {account: a/b}": (
        '7:21: provider.account: "a/b" has / in it, which separates the parts of '
        "plan:chain.step#repeat@take, write a short name such as leap or 锦鲤"
    ),
    "notify: ./tell.sh": (
        '7:9: notify: "./tell.sh" cannot stand here, write notify: {command: [./tell.sh, koi]}'
    ),
    "notify: {command: ./tell.sh}": (
        '7:19: notify.command: "./tell.sh" cannot stand here, write command: [./tell.sh, koi]'
    ),
    "notify: {url: hooks}": (
        '7:15: notify.url: "hooks" is not an http or https address, '
        "write an address such as https://hooks.example/koi"
    ),
    "notify: {on: [finish]}": (
        '7:15: notify.on.1: "finish" is not known here, did you mean finished? '
        "Write finished, decision, budget or expiring"
    ),
    "archive: s3://films": (
        '7:10: archive: "s3://films" cannot stand here, write archive: {url: s3://bucket/films}'
    ),
    "archive: {}": "7:10: archive: url is missing, write url: s3://bucket/films",
    "archive: {url: https://films/x}": (
        '7:16: archive.url: "https://films/x" is no place for films, '
        "write s3://BUCKET/PREFIX or file:///FOLDER"
    ),
    "notify: {comand: [x]}": "7:10: notify.comand: unknown key, did you mean command?",
    "provider: [kling]": "7:11: provider: a list cannot stand here, write dmxapi, kling or sandbox",
    "prices: {extension: free}": (
        '7:21: prices.extension: "free" is not a number, write an amount from 0 to 1000000'
    ),
    "prices: CNY": ('7:9: prices: "CNY" cannot stand here, write prices: {currency: CNY, extension: 2.00}'),
    "budget: {calls: 1.5}": (
        "7:17: budget.calls: 1.5 is not a whole number, write a whole number from 0 to 1000000"
    ),
    "budget: {cost: 1e999}": (
        "7:16: budget.cost: 1e999 is more than 1000000, write an amount from 0 to 1000000"
    ),
    "defaults: {repeat: 2}": (
        "7:12: defaults.repeat: unknown key, write one of: "
        "negative_prompt, prompt_prefix, prompt_suffix, cfg_scale, takes, pick, attempts"
    ),
    "defaults: {pick: 2}": (
        "7:18: defaults.pick: take 2 is to be picked of 1, write takes: 2 or pick another"
    ),
    "output:": "7:8: output: nothing stands here, write a folder, or leave it out",
    "chain: {}": "7:1: chain: unknown key, did you mean chains?",
    "version: 1": "7:1: version: written twice, first in line 1; keep one of the two",
}


@pytest.mark.parametrize("line", PLANS)
def test_a_wrong_line_of_the_plan(line: str) -> None:
    """A slip beside the chains is let through, or its author is not told where and what to write."""
    assert only(steps("x") + line + "\n") == PLANS[line]


WHOLES = {
    "": "1:1: the file is empty, write version: 1 and chains: {…}",
    "# nothing yet\n": "1:1: the file is empty, write version: 1 and chains: {…}",
    "koi\n": (
        '1:1: "koi" cannot stand here, write version: 1 and chains: {koi: {source: {…}, steps: [a prompt]}}'
    ),
    "version: 1\n": "1:1: chains is missing, write chains: {koi: {source: {…}, steps: [a prompt]}}",
    "version: 1\nchains: {}\n": (
        "2:9: chains: nothing is in here, write chains: {koi: {source: {…}, steps: [a prompt]}}"
    ),
    "version: 1\nchains: {koi: {}}\n": (
        "2:15: chains.koi: source is missing, write source: {task_id: …, video_id: …}"
    ),
    "version: 1\nchains: {koi: [a]}\n": (
        "2:15: chains.koi: a list cannot stand here, write a mapping with source and steps"
    ),
    "version: 1\nchains: {2026: {source: {task_id: a, video_id: b}}}\n": (
        '2:10: chains.2026: YAML reads a bare 2026 as a number, quote it: "2026"'
    ),
    "version: 1\nchains: {a/b: {source: {task_id: a, video_id: b}}}\n": (
        "2:10: chains.a/b: this name has / in it, which separates the parts of "
        "plan:chain.step#repeat@take, write a short name such as leap or 锦鲤"
    ),
    steps("x").replace("version: 1", "version: 2"): "1:10: version: 2 is not known here, write 1",
    steps("x").replace("version: 1\n", ""): "1:1: version is missing, write version: 1",
    steps("x") + "---\n" + steps("y"): "7:1: a second document begins here, write one plan per file",
    # not YAML
    "chains:\n\t- a\n": "2:1: a tab cannot indent YAML, indent with spaces",
    steps("a: b: c"): ("6:13: a colon cannot stand here: put the text into quotes, or check the indentation"),
    steps('"a'): "6:9: this quote is never closed, close it",
    steps("[a, b"): "6:9: this [ is never closed, or a comma is missing in it: write [one, two]",
    steps(
        "{a: b"
    ): "6:9: this { is never closed, or a comma is missing in it: write {key: value, key: value}",
    steps("@a"): "6:9: no bare text begins with @, put it into quotes",
    steps('"\\q"'): "6:10: this escape is unknown, write \\\\ for a backslash, or use single quotes",
    "version: 1\nname：koi\n": (
        "2:1: a key without its colon, or text outside its quotes: write `key: value` "
        "(the full-width ： is text to YAML, its colon is : and a space)"
    ),
}


@pytest.mark.parametrize("text", WHOLES)
def test_a_wrong_file(text: str) -> None:
    """A file that is no plan is let through, or its author is not told where and what to write."""
    assert only(text) == WHOLES[text]


BRANCHED = """\
version: 1
chains:
  koi:
    source: {task_id: a, video_id: b}
    steps: [a, {id: leap, takes: 3}]
  sea:
    source: {text: {prompt: x, takes: 2, id: wave}}
  night:
    source: {%s}
"""

BRANCHES = {
    "chain: sky": "9:21: chains.night.source.chain: there is no chain sky, write one of: koi, sea, night",
    "chain: 河": "9:21: chains.night.source.chain: there is no chain 河, write one of: koi, sea, night",
    "chain: koi, step: lep": "9:32: chains.night.source.step: chain koi has no step lep, did you mean leap?",
    "chain: koi, step: 2": "9:32: chains.night.source.step: chain koi has no step 2, write one of: 1, leap",
    "chain: koi, step: 1, take: 2": (
        "9:41: chains.night.source.take: step 1 of koi has takes: 1, write one of them"
    ),
    "chain: koi, take: 4": (
        "9:32: chains.night.source.take: step leap of koi has takes: 3, write one of them"
    ),
    "chain: sea, step: wave, take: 3": (
        "9:44: chains.night.source.take: step wave of sea has takes: 2, write one of them"
    ),
    "chain: koi, take: 21": (
        "9:32: chains.night.source.take: 21 is more than 20, write a whole number from 1 to 20"
    ),
    "chain: night": (
        "9:21: chains.night.source.chain: chains cannot grow out of one another (night → night), "
        "give one another source"
    ),
}


@pytest.mark.parametrize("source", BRANCHES)
def test_a_wrong_branch(source: str) -> None:
    """A branch to nowhere is found only after money was spent."""
    assert only(BRANCHED % source) == BRANCHES[source]


@pytest.mark.parametrize("source", ["chain: koi", "chain: koi, step: 1", "chain: sea, step: wave, take: 2"])
def test_a_right_branch(source: str) -> None:
    """A branch that exists is refused, or what is right is complained about beside what is wrong."""
    assert only(BRANCHED % source + "foo: 1\n").startswith("10:1: foo: unknown key")


def test_a_cycle_is_shown_once_and_whole() -> None:
    """Chains that wait for one another would wait for ever, or be reported once for each."""
    text = "version: 1\nchains:\n" + "".join(
        f"  {name}: {{source: {{chain: {parent}}}}}\n" for name, parent in ("xa", "ab", "bc", "ca")
    )
    assert only(text) == (
        "4:23: chains.a.source.chain: chains cannot grow out of one another (a → b → c → a), "
        "give one another source"
    )


def test_ids_are_unique_in_a_chain() -> None:
    """Two steps of one name: an approval or pick would mean either."""
    assert only(steps("{id: a}", "{id: b}", "{id: a}")) == (
        "8:14: chains.koi.steps.3.id: a is the step in line 6 already, write another id"
    )
    text = chain("source: {text: {prompt: x, id: a}}\nsteps: [{id: a}]")
    assert only(text) == "5:18: chains.koi.steps.1.id: a is the step in line 4 already, write another id"


def test_fill_comes_last() -> None:
    """Steps after `fill` would never be made, without a word."""
    assert only(steps("{repeat: fill}", "b")) == (
        "6:18: chains.koi.steps.1.repeat: fill leaves no room for the steps after it, "
        "write a number, or make it the last step"
    )


@pytest.mark.parametrize(
    "source", ["{task_id: a, video_id: b, model_name: kling-v1}", "{image: {image: 'http://a/b'}}"]
)
def test_what_extensions_of_v1_do_not_take(source: str) -> None:
    """An explicit wish that the provider refuses would be found out while paying."""
    text = chain(f"source: {source}\nsteps: [{{negative_prompt: a, cfg_scale: 0}}, {{negative_prompt: ''}}]")
    text += "  b: {source: {chain: koi}, steps: [{cfg_scale: 1}]}\n"
    words = "extensions of kling-v1 videos do not take it, delete it here"
    assert said(text) == [
        f"5:31: chains.koi.steps.1.negative_prompt: {words}",
        f"5:45: chains.koi.steps.1.cfg_scale: {words}",
        f"6:49: chains.b.steps.1.cfg_scale: {words}",
    ]


class TestImages:
    """Local images that the provider would refuse."""

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (None, "cannot be read (No such file or directory)"),
            (b"GIF89a", "is neither a JPEG nor a PNG image"),
            (b"", "is neither a JPEG nor a PNG image"),
            (b"\xff\xd8\xff" + bytes(10 * 1024 * 1024), "has 10.0 MB, the provider takes at most 10 MB"),
        ],
    )
    def test_a_wrong_image(self, content: bytes | None, why: str, tmp_path: Path) -> None:
        """An image that cannot be sent is found out while paying."""
        if content is not None:
            (tmp_path / "a.png").write_bytes(content)
        text = chain("source: {image: {image: a.png}}")
        (found,) = problems(text, str(tmp_path / "koi.yaml"))
        assert (found.line, found.column, found.where) == (4, 29, "chains.koi.source.image.image")
        assert why in found.message
        assert found.message.endswith(", write the path of a JPEG or PNG file, or a URL")

    def test_a_folder_is_no_image(self, tmp_path: Path) -> None:
        """A folder named as an image ends in a traceback."""
        (found,) = problems(chain("source: {image: {image: .}}"), str(tmp_path / "koi.yaml"))
        assert "is not a file" in found.message


def test_every_problem_is_reported_at_once() -> None:
    """The author would have to mend one slip after the other, with a run in between."""
    text = """\
version: 2
nam: koi
defaults: {negative_prompt: no, takes: three}
chains:
  koi:
    source: {task_id: 1.5, video_id: yes, model_name: kling-v1}
    until: 181
    steps:
      - 12:30
      - {id: leap, takes: 30, pick: 4, cfg_scale: 1}
      - {id: leap, promt: x}
  night:
    source: {chain: koi, step: lep}
    source: {chain: koi}
  a: {source: {chain: b}}
  b: {source: {chain: a}}
"""
    assert [line.split(": ")[0] + " " + line.split(": ")[1] for line in said(text)] == [
        "1:10 version",
        "2:1 nam",
        "3:29 defaults.negative_prompt",
        "3:40 defaults.takes",
        "6:23 chains.koi.source.task_id",
        "6:38 chains.koi.source.video_id",
        "7:12 chains.koi.until",
        "9:9 chains.koi.steps.1",
        "10:27 chains.koi.steps.2.takes",
        "10:51 chains.koi.steps.2.cfg_scale",
        "11:14 chains.koi.steps.3.id",
        "11:20 chains.koi.steps.3.promt",
        "13:32 chains.night.source.step",
        "14:5 chains.night.source",
        "15:23 chains.a.source.chain",
    ]

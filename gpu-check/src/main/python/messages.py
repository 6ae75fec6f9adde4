"""What parts tell the command, a line each: Message.java reads it."""

MARK = "gpu-check"


def say(*words):
    print("\t".join(" ".join(str(word).split()) for word in (MARK, *words)), flush=True)


def fact(name, works, text):
    say("fact", name, "works" if works else "missing", text)


def case(result, name, reason=""):
    say("case", result, name, reason)


def progress(text):
    say("progress", text)


def end():
    say("end")

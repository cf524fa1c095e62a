"""Programs that no one writes by hand, but that Python accepts. Each opens connections: the whole analysis runs."""

from __future__ import annotations

from collections.abc import Callable

IMPORT = "from websockets.sync.client import connect\n"

# As deep as parentheses may be nested; each construct below needs at most two pairs for one level.
PARENTHESES = 190
# How deep other expressions may be nested differs from release to release: these are fine on all.
NESTED = 80


def deep_sum() -> str:
    return f"{IMPORT}ws = connect('ws://localhost')\ntotal = {' + '.join(['ws.recv()'] * 5000)}\n"


def long_concatenation_in_a_call() -> str:
    return f"{IMPORT}ws = connect({' + '.join(['host'] * 5000)})\nws.close()\n"


def long_boolean_chain() -> str:
    flags = " or ".join(f"flag{n}" for n in range(5000))
    return f"{IMPORT}ws = connect('') if {flags} else None\nif ws:\n    ws.send('')\n"


def alternating_boolean_chain() -> str:
    return f"{IMPORT}ws = connect('')\nif {'ws and (a or ' * NESTED}b{')' * NESTED}:\n    ws.close()\n"


def long_comparison() -> str:
    return f"{IMPORT}ws = connect('')\nif {' < '.join(['ws.recv()'] * 3000)}:\n    ws.close()\n"


def chain_of_calls() -> str:
    return f"{IMPORT}ws = connect('')\nws{'.send()' * 900}\n"


def chain_of_attributes() -> str:
    return f"{IMPORT}ws = connect('')\nws{'.protocol' * 900}.close()\n"


def chain_of_subscripts() -> str:
    return f"{IMPORT}ws = [connect('')]\nws{'[0]' * 900}.close()\n"


def nested_parentheses() -> str:
    return f"{IMPORT}ws = {'(' * PARENTHESES}connect(''){')' * PARENTHESES}\n"


def nested_lists() -> str:
    return f"{IMPORT}ws = {'[' * NESTED}connect(''){']' * NESTED}\n"


def nested_calls() -> str:
    return f"{IMPORT}ws = {'wrap(' * NESTED}connect(''){')' * NESTED}\n"


def nested_lambdas() -> str:
    return f"{IMPORT}opener = {'lambda: ' * NESTED}connect('')\nws = opener{'()' * NESTED}\nws.send('')\n"


def nested_conditional_expressions() -> str:
    branches = "".join(f"connect('{n}') if flag{n} else (" for n in range(NESTED))
    return f"{IMPORT}ws = {branches}None{')' * NESTED}\n"


def nested_comprehensions() -> str:
    return f"{IMPORT}ws = {'[' * NESTED}connect('') {'for x in range(2)] ' * NESTED}\n"


def nested_fstrings() -> str:
    return IMPORT + "ws = connect('')\ntext = f'" + "{ws.recv()}" * 1000 + "'\n"


def not_not_not() -> str:
    return f"{IMPORT}ws = connect('')\nif {'not ' * NESTED}ws:\n    ws.close()\n"


def unpacking() -> str:
    left = "(" * NESTED + "ws" + ",)" * NESTED
    return f"{IMPORT}{left} = {'(' * NESTED}connect(''){',)' * NESTED}\n"


def long_tuple_assignment() -> str:
    names = ", ".join(f"ws{n}" for n in range(2000))
    return f"{IMPORT}def f():\n    {names} = {', '.join(['connect()'] * 2000)}\n"


def many_targets() -> str:
    return f"{IMPORT}def f():\n    {' = '.join(f'ws{n}' for n in range(2000))} = connect('')\n"


def chain_of_aliases() -> str:
    lines = "".join(f"connect{n + 1} = connect{n}\n" for n in range(3000))
    return f"{IMPORT}connect0 = connect\n{lines}ws = connect3000('')\n"


def circle_of_aliases() -> str:
    return f"{IMPORT}a = b\nb = c\nc = a\na = connect\nws = a('')\nself = self.self\nws = self.self.ws = ws\n"


def chain_of_wrappers() -> str:
    functions = "".join(f"def open{n + 1}():\n    return open{n}()\n" for n in range(3000))
    return f"{IMPORT}def open0():\n    return connect('')\n{functions}ws = open3000()\n"


def ring_of_functions() -> str:
    functions = "".join(f"def step{n}(ws):\n    ws.send('')\n    step{(n + 1) % 5000}(ws)\n" for n in range(5000))
    return f"{IMPORT}{functions}ws = connect('')\nstep0(ws)\n"


def ring_of_threads() -> str:
    functions = "".join(
        f"def step{n}():\n    ws = connect('')\n    threading.Thread(target=step{(n + 1) % 500}, args=(ws,)).start()\n"
        for n in range(500)
    )
    return f"import threading\n{IMPORT}{functions}step0()\n"


def functions_that_all_call_each_other() -> str:
    calls = "".join(f"    step{n}(ws)\n" for n in range(60))
    functions = "".join(f"def step{n}(ws):\n{calls}" for n in range(60))
    return f"{IMPORT}{functions}step0(connect(''))\n"


def functions_that_all_call_each_other_for_nothing() -> str:
    calls = "".join(f"    if n == {n}:\n        step{n}(n)\n" for n in range(5))
    functions = "".join(
        f"def step{k}(n):\n{calls}    step{(k + 1) % 60}(n)\n    step{(k * 7 + 3) % 60}(n)\n" for k in range(60)
    )
    return f"{IMPORT}{functions}ws = connect('')\nstep0(3)\nws.close()\n"


def class_of_many_methods() -> str:
    methods = "".join(
        f"    def send{n}(self):\n        self.ws.send('{n}')\n        self.send{n + 1}()\n" for n in range(2000)
    )
    return f"{IMPORT}class Client:\n    def __init__(self):\n        self.ws = connect('')\n{methods}Client().send0()\n"


def class_of_many_connections() -> str:
    fields = "".join(f"        self.ws{n} = connect('')\n" for n in range(500))
    closes = "".join(f"        self.ws{n}.close()\n" for n in range(500))
    return f"{IMPORT}class Client:\n    def __init__(self):\n{fields}    def close(self):\n{closes}"


def chain_of_classes() -> str:
    classes = "".join(f"class C{n + 1}(C{n}):\n    pass\n" for n in range(1000))
    return f"{IMPORT}class C0:\n    def __init__(self):\n        self.ws = connect('')\n{classes}C1000().ws.recv()\n"


def class_that_is_its_own_base() -> str:
    closing = "class B(A):\n    def close(self):\n        self.ws.close()\n"
    return f"{IMPORT}class A(B):\n    ws = connect('')\n{closing}class C(C):\n    pass\n"


def many_elifs() -> str:
    branches = "".join(f"elif flag == {n}:\n    ws.send('{n}')\n" for n in range(5000))
    return f"{IMPORT}ws = connect('')\nif flag:\n    ws.close()\n{branches}"


def nested_blocks() -> str:
    """Ninety levels, of which Python allows twenty to be loops, ``with`` or ``try``."""
    kinds = ["while f():", "for x in f():", "with f():", "try:"]
    lines = [IMPORT, "ws = connect('')\n"]
    opened: list[str] = []
    for level in range(90):
        header = kinds[level % 4] if level % 5 == 4 else f"if flag{level}:"
        lines.append(f"{' ' * level}{header}\n")
        opened.append(header)
    lines.append(f"{' ' * 90}ws.close()\n")
    for level in reversed(range(90)):
        if opened[level] == "try:":
            lines.append(f"{' ' * level}finally:\n{' ' * (level + 1)}ws.send('')\n")
    return "".join(lines)


def nested_functions() -> str:
    lines = [IMPORT, "ws = connect('')\n"]
    lines += [f"{' ' * level}def inner{level}():\n" for level in range(90)]
    lines.append(f"{' ' * 90}ws.close()\n")
    lines += [f"{' ' * (level + 1)}inner{level + 1}()\n" for level in reversed(range(89))]
    return "".join(lines) + "inner0()\n"


def many_handlers() -> str:
    handlers = "".join(f"except Error{n}:\n    ws.send('{n}')\n" for n in range(1000))
    return f"{IMPORT}ws = connect('')\ntry:\n    ws.recv()\n{handlers}finally:\n    ws.close()\n"


def many_cases() -> str:
    cases = "".join(f"    case {n}:\n        ws.send('')\n" for n in range(2000))
    return f"{IMPORT}ws = connect('')\nmatch ws.recv():\n{cases}    case _:\n        ws.close()\n"


def many_with_items() -> str:
    items = ", ".join(f"connect('{n}') as ws{n}" for n in range(18))
    return f"{IMPORT}with {items}:\n    ws0.send('')\n"


def many_decorators() -> str:
    return IMPORT + "@wrap(connect(''))\n" * 1000 + "def f(ws):\n    ws.send('')\n"


def many_parameters() -> str:
    names = ", ".join(f"a{n}=connect('{n}')" for n in range(1000))
    return f"{IMPORT}def f({names}):\n    a0.close()\nf({', '.join(['connect()'] * 250)})\n"


def many_flags() -> str:
    """Each flag doubles the paths: what they have in common must not be followed again for each."""
    flags = "".join(f"    flag{n} = f()\n    if flag{n}:\n        g()\n" for n in range(40))
    tests = "".join(f"    if flag{n}:\n        ws.send('')\n" for n in range(40))
    return f"{IMPORT}def main():\n{flags}    ws = connect('')\n{tests}    ws.close()\n"


def function_of_many_connections() -> str:
    body = "".join(f"    ws{n} = connect('{n}')\n    ws{n}.send('')\n    ws{n}.close()\n" for n in range(400))
    return f"{IMPORT}def main():\n{body}"


SHAPES: tuple[Callable[[], str], ...] = (
    deep_sum, long_concatenation_in_a_call, long_boolean_chain, alternating_boolean_chain, long_comparison,
    chain_of_calls, chain_of_attributes, chain_of_subscripts, nested_parentheses, nested_lists, nested_calls,
    nested_lambdas, nested_conditional_expressions, nested_comprehensions, nested_fstrings, not_not_not, unpacking,
    long_tuple_assignment, many_targets, chain_of_aliases, circle_of_aliases, chain_of_wrappers, ring_of_functions,
    ring_of_threads, functions_that_all_call_each_other, functions_that_all_call_each_other_for_nothing,
    class_of_many_methods, class_of_many_connections,
    chain_of_classes, class_that_is_its_own_base, many_elifs, nested_blocks, nested_functions, many_handlers,
    many_cases, many_with_items, many_decorators, many_parameters, many_flags, function_of_many_connections,
)  # fmt: skip


def subclasses_of_one_base() -> str:
    """Each is a thread, and each overrides what the base calls: every start leads to every use of ``self.ws``."""
    base = (
        "class Base(threading.Thread):\n    def run(self):\n        self.ws = connect('')\n        self.work()\n\n"
        "    def work(self):\n        self.ws.send('')\n\n"
    )
    each = "class Reader{n}(Base):\n    def work(self):\n        self.ws.recv()\n\nReader{n}().start()\n"
    return f"import threading\n{IMPORT}{base}" + "".join(each.replace("{n}", str(n)) for n in range(1000))


def many_rebindings() -> str:
    """A connection that is lost at once is followed to the end of the function."""
    return f"{IMPORT}def main():\n" + "".join(f"    ws = connect('{n}')\n    ws.send('')\n" for n in range(1000))


def classes_with_a_thread() -> str:
    """Every class has a ``self.ws``: each is looked for in the methods of all."""
    each = (
        "class Client{n}:\n    def __init__(self):\n        self.ws = connect('')\n"
        "        threading.Thread(target=self.read).start()\n\n"
        "    def read(self):\n        for message in self.ws:\n            self.ws.send(message)\n\n"
    )
    return f"import threading\n{IMPORT}" + "".join(each.replace("{n}", str(n)) for n in range(200))


def many_blocks() -> str:
    return f"{IMPORT}def main():\n" + "".join(
        f"    with connect('{n}') as ws:\n        ws.send('')\n" for n in range(2000)
    )


def loops_of_many_flags() -> str:
    """Twelve flags, which a loop sets and asks about, are 4,096 states; and that in a hundred functions."""
    flags = "".join(f"    flag{n} = f()\n" for n in range(12))
    turns = "".join(f"        if flag{n}:\n            flag{n} = ws.recv()\n" for n in range(12))
    body = f"{flags}    ws = connect('')\n    while True:\n{turns}    ws.close()\n"
    return IMPORT + "".join(f"def main{n}():\n{body}" for n in range(100))


def clients_that_reconnect() -> str:
    """Fifty clients of 25 methods each, all of them with a ``self.ws``."""
    methods = "".join(f"    def on{n}(self, message):\n        self.ws.send(message)\n\n" for n in range(25))
    calls = "".join(f"        self.on{n}(message)\n" for n in range(25))
    body = (
        "    def __init__(self):\n        self.ws = None\n        threading.Thread(target=self.loop).start()\n\n"
        "    def loop(self):\n        while True:\n            try:\n                self.ws = connect('')\n"
        "                for message in self.ws:\n                    self.on(message)\n"
        "            finally:\n                self.ws.close()\n\n"
        f"{methods}    def on(self, message):\n{calls}\n"
    )
    return f"import threading\n{IMPORT}" + "".join(f"class Client{n}:\n{body}" for n in range(50))


def methods_that_call_each_other() -> str:
    body = "".join(
        f"    def m{n}(self):\n        self.m{n * 7 % 2000}()\n        self.ws.send('')\n" for n in range(2000)
    )
    return f"{IMPORT}class Client:\n    def __init__(self):\n        self.ws = connect('')\n{body}Client().m0()\n"


def conditional_openings() -> str:
    body = "".join(f"    if a == {n}:\n        ws = connect('{n}')\n" for n in range(200))
    return f"{IMPORT}def main(a):\n{body}    ws.close()\n"


def loops_over_one_list() -> str:
    """Each loop binds the same variable: what it stands for is asked by each, and depends on all."""
    client = "class Client:\n    def run(self):\n        with connect('') as ws:\n            print(ws.recv())\n"
    loop = "for client in clients:\n    threading.Thread(target=client.run).start()\n"
    return f"import threading\n{IMPORT}{client}clients = [Client()]\n" + loop * 1000


def methods_that_may_be_found_by_name() -> str:
    body = "".join(
        f"    def m{n}(self):\n        ws = connect('')\n        ws.send(getattr(self, 'a{n}'))\n" for n in range(600)
    )
    return f"import threading\n{IMPORT}class Client:\n{body}threading.Thread(target=print).start()\n"


def loops_over_generators() -> str:
    generator = "def numbers():\n    yield 1\n    yield 2\n    yield 3\n    yield 4\n\n"
    chain = "".join(f"def numbers{n}():\n    yield from numbers{n - 1}()\n\n" for n in range(1, 300))
    loops = "    for number in numbers():\n        ws.send(str(number))\n" * 300
    nested = "".join("    " * depth + "for number in numbers():\n" for depth in range(1, 12))
    functions = f"{generator}{generator.replace('numbers', 'numbers0')}{chain}"
    return (
        f"{IMPORT}{functions}def main():\n    ws = connect('')\n{loops}"
        f"{nested}{'    ' * 12}ws.send('')\n    for number in numbers299():\n        ws.send('')\n    ws.close()\n"
    )


COSTLY: tuple[Callable[[], str], ...] = (
    subclasses_of_one_base, many_rebindings, classes_with_a_thread, many_blocks, loops_of_many_flags,
    clients_that_reconnect, methods_that_call_each_other, conditional_openings, loops_over_one_list,
    methods_that_may_be_found_by_name, loops_over_generators,
)  # fmt: skip
"""They grow faster than the file, or nearly every line of theirs costs much: what bounds them is the budget."""

"""Who runs a random program: text around its function ``work``, and threads that open in their constructor."""

from __future__ import annotations

# Who runs the function ``work``.
STARTS = {
    "main": "work()",
    "plain thread": """\
worker = threading.Thread(target=work)
worker.start()
worker.join()
""",
    "daemon thread": """\
worker = threading.Thread(target=work, daemon=True)
worker.start()
worker.join()
""",
    "daemon set later": """\
worker = threading.Thread(target=work)
worker.daemon = True
worker.start()
worker.join()
""",
    "timer": "threading.Timer(0.05, work).start()",
    "daemon timer": """\
timer = threading.Timer(0.05, work)
timer.daemon = True
timer.start()
timer.join()
""",
    "executor": """\
with ThreadPoolExecutor(1) as pool:
    pool.submit(work).result()
""",
    "to_thread": """\
async def main():
    await asyncio.to_thread(work)


asyncio.run(main())
""",
    "process": """\
child = multiprocessing.Process(target=work)
child.start()
child.join()
""",
    "plain in daemon": """\
def supervise():
    worker = threading.Thread(target=work)
    worker.start()
    worker.join()


supervisor = threading.Thread(target=supervise, daemon=True)
supervisor.start()
supervisor.join()
""",
    "daemon in plain": """\
def supervise():
    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join()


threading.Thread(target=supervise).start()
""",
    "not daemon in daemon": """\
def supervise():
    worker = threading.Thread(target=work, daemon=False)
    worker.start()
    worker.join()


supervisor = threading.Thread(target=supervise, daemon=True)
supervisor.start()
supervisor.join()
""",
    "run of a plain subclass": """\
class Worker(threading.Thread):
    def run(self):
        work()


Worker().start()
""",
    "run of a daemon subclass": """\
class Worker(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)

    def run(self):
        work()


worker = Worker()
worker.start()
worker.join()
""",
    "constructor": """\
class Worker(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        work()

    def run(self):
        time.sleep(0.1)


Worker().start()
""",
    "constructor in daemon": """\
class Worker(threading.Thread):
    def __init__(self):
        super().__init__()
        work()

    def run(self):
        time.sleep(0.1)


def supervise():
    worker = Worker()
    worker.start()
    worker.join()


supervisor = threading.Thread(target=supervise, daemon=True)
supervisor.start()
supervisor.join()
""",
}

# A Thread subclass that keeps what its constructor opens: its methods beside __init__, and what main does with it.
RECEIVERS = {
    "run reads": (
        """\
def run(self):
    for message in self.ws:
        print(message)
""",
        "",
    ),
    "run closes": (
        """\
def run(self):
    with self.ws:
        for message in self.ws:
            print(message)
""",
        "",
    ),
    "run closes in finally": (
        """\
def run(self):
    try:
        for message in self.ws:
            print(message)
    finally:
        self.ws.close()
""",
        "",
    ),
    "stop closes": (
        """\
def run(self):
    for message in self.ws:
        print(message)

def stop(self):
    self.ws.close()
""",
        "receiver.stop()",
    ),
}

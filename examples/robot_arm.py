"""A robot arm that reports its angle from a thread of its own, as it should be.

The thread opens the connection that it uses, a ``with`` block closes it, and an event ends the loop.
"""

import threading
import time

from websockets.sync.client import connect

URL = "ws://localhost:8765"


class RobotArm:
    def __init__(self):
        self.angle = 0
        self.stopped = threading.Event()
        self.reporter = threading.Thread(target=self.report_angle)

    def start(self):
        self.reporter.start()

    def stop(self):
        self.stopped.set()
        self.reporter.join()

    def report_angle(self):
        with connect(URL) as ws:
            while not self.stopped.wait(0.2):
                ws.send(f"angle {self.angle}")
                print("confirmed:", ws.recv())


if __name__ == "__main__":
    arm = RobotArm()
    arm.start()
    for angle in (0, 30, 60):
        arm.angle = angle
        time.sleep(0.3)
    arm.stop()

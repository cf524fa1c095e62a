"""A window that shows the messages of a server.

The thread that waits for messages is not a daemon and its loop has no end. Python waits for it after the user has
closed the window, with every release of websockets: the ``with`` block never comes to its end.
"""

import time
from threading import Thread

from websockets.sync.client import connect

URL = "ws://localhost:8765"


class Window:
    """Stands for the window of a toolkit such as tkinter."""

    def show(self, text):
        print(text)

    def mainloop(self):
        time.sleep(1)
        print("the user closes the window")


def show_messages(window):
    with connect(URL) as ws:  # WST104
        ws.send("status?")
        for message in ws:
            window.show(message)


if __name__ == "__main__":
    main_window = Window()
    Thread(target=show_messages, args=(main_window,)).start()
    main_window.mainloop()

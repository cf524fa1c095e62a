"""A test of a server, with a connection that is closed in ``finally``.

This is right up to websockets 17.0. From 17.1 on a connection that is used outside a ``with`` block gives a
DeprecationWarning, and a later release will return something else.
"""

import unittest

from websockets.sync.client import connect

URL = "ws://localhost:8765"


class LoginTest(unittest.TestCase):
    def test_login_is_answered(self):
        ws = connect(URL)  # WST305
        try:
            ws.send("login")
            self.assertTrue(ws.recv())
        finally:
            ws.close()


if __name__ == "__main__":
    unittest.main()

"""Market data: an object that keeps its connection in an attribute.

The class has no method that closes the connection, so nobody who uses the class can close it either.
"""

import json

from websockets.sync.client import connect

URL = "ws://localhost:8765"


class PriceFeed:
    def __init__(self, url):
        self.ws = connect(url)  # WST101 WST304

    def subscribe(self, symbol):
        self.ws.send(json.dumps({"subscribe": symbol}))

    def next_update(self):
        return json.loads(self.ws.recv())


if __name__ == "__main__":
    feed = PriceFeed(URL)
    feed.subscribe("BTC-EUR")
    print(feed.next_update())

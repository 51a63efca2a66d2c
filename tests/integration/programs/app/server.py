# SPDX-License-Identifier: Apache-2.0
import http.server
import threading
import urllib.error
import urllib.request

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"
print(len(urllib.request.urlopen(url + "sum.c").read()))
try:
    urllib.request.urlopen(url + "missing")
except urllib.error.HTTPError as error:
    print(error.code)
server.shutdown()

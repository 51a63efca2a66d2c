# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# A configuration as an image for any user has it: what changes is in /tmp.
set -e
cat >/tmp/nginx.conf <<'CONF'
worker_processes 2;
pid /tmp/nginx.pid;
error_log stderr;
events {}
http {
	include /etc/nginx/mime.types;
	access_log /tmp/access.log;
	client_body_temp_path /tmp/body;
	proxy_temp_path /tmp/proxy;
	fastcgi_temp_path /tmp/fastcgi;
	uwsgi_temp_path /tmp/uwsgi;
	scgi_temp_path /tmp/scgi;
	server {
		listen 127.0.0.1:8080;
		root /app;
	}
}
CONF
nginx -q -t -c /tmp/nginx.conf
nginx -c /tmp/nginx.conf
curl -sS --retry 5 --retry-connrefused http://127.0.0.1:8080/sum.c | sha256sum
curl -sS -o /dev/null -w '%{http_code} %{content_type}\n' http://127.0.0.1:8080/missing
nginx -c /tmp/nginx.conf -s reload
nginx -c /tmp/nginx.conf -s quit
while test -e /tmp/nginx.pid; do sleep 0.1; done
cut -d ' ' -f 6- /tmp/access.log

# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
set -e
cd /tmp
bin=$(echo /usr/lib/postgresql/*/bin)
"$bin/initdb" --no-sync -A trust -D /tmp/pg >/dev/null
"$bin/pg_ctl" -D /tmp/pg -w -l /tmp/pg.log -o '-F -c listen_addresses= -k /tmp' start >/dev/null
"$bin/psql" -h /tmp -qAt postgres -c 'create table t (a int)' -c 'insert into t select generate_series(1, 1000)' \
  -c 'select sum(a) from t' -c "select count(*) from pg_stat_activity where backend_type = 'client backend'"
"$bin/pg_ctl" -D /tmp/pg -w -m fast stop >/dev/null
echo stopped

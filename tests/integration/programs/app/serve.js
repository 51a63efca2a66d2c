// SPDX-License-Identifier: Apache-2.0
const { execFile, fork } = require('child_process');
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');

const server = http.createServer((request, response) => response.end(`you asked for ${request.url}`));
server.listen(0, 'localhost', () => {
	http.get({ host: 'localhost', port: server.address().port, path: '/x' }, (response) => {
		response.on('data', (data) => console.log(String(data)));
		response.on('end', () => {
			server.close();
			execFile('sh', ['-c', 'echo child; exit 3'], (error, stdout) => {
				console.log(stdout.trim(), error.code);
				fs.writeFileSync('/tmp/x', 'text');
				console.log(crypto.createHash('sha256').update(fs.readFileSync('/tmp/x')).digest('hex'));
			});
		});
	});
});

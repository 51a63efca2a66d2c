// SPDX-License-Identifier: Apache-2.0
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');

if (!isMainThread) {
	parentPort.postMessage(workerData * 2);
} else {
	Promise.all([1, 2, 3].map((n) => new Promise((done, failed) => {
		const worker = new Worker(__filename, { workerData: n });
		worker.on('message', done);
		worker.on('error', failed);
	}))).then((all) => {
		console.log(all);
		process.exit(4);
	});
}

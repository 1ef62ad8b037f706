// The peer on BullMQ: each webhook is one queue.add with deduplication, answered once Redis has it (appendfsync always).
// PORT, REDIS_PORT, WAIT_MS and PROCESSES come from the environment.
'use strict';

const cluster = require('node:cluster');
const http = require('node:http');
const { Queue, Worker } = require('bullmq');

const wait = Number(process.env.WAIT_MS);
const processes = Number(process.env.PROCESSES);
const connection = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT), maxRetriesPerRequest: null };

function consume() {
  // The reply would be written and sent here.
  const worker = new Worker('bursts', async (job) => job.data.text.length, { connection, concurrency: 50 });
  worker.on('error', (error) => console.error(error.message));
}

function serve() {
  // Commands of the same turn of the event loop go to Redis in one write.
  const queue = new Queue('bursts', {
    connection: { ...connection, enableAutoPipelining: true },
    defaultJobOptions: { removeOnComplete: true },
  });
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      accept(queue, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)).then(
        (id) => answer(response, 200, { status: 'success', message: 'Webhook processed successfully', timestamp: new Date().toISOString(), outcome: 'batched', id }),
        (error) => answer(response, 500, { status: 'error', message: error.message }));
    });
  });
  server.keepAliveTimeout = 0;
  server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(`Listening on http://127.0.0.1:${server.address().port}`));
}

async function accept(queue, body) {
  const { contact, message } = JSON.parse(body);
  const job = await queue.add('burst', { contact: contact.id, message: message.id, text: message.text }, {
    delay: wait,
    deduplication: { id: contact.id, ttl: wait, extend: true, replace: true },
  });
  return job.id;
}

function answer(response, status, what) {
  const text = JSON.stringify(what);
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

if (processes > 1 && cluster.isPrimary) {
  for (let i = 0; i < processes; i++) {
    cluster.fork();
  }
  consume();
} else {
  serve();
  if (processes === 1) {
    consume();
  }
}

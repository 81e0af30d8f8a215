// What "helm test" runs, in the operator's own image: there is no other one that every cluster can pull.
// Each pod of the operator is ready, the API server serves MCPServers, and takes one (as a dry run: nothing is stored).
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';

const { NAMESPACE, SELECTOR, REPLICAS, SAMPLE_NAMESPACE, EXPECT_WARNING } = process.env;
const { KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT } = process.env;
const account = '/var/run/secrets/kubernetes.io/serviceaccount';
const deadline = Date.now() + 60_000;

function ask(module, url, { method = 'GET', body, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const request = module.request(url, { method, timeout: 10_000, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, text, warning: response.headers.warning }));
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 10 s')));
    request.on('error', reject).end(body);
  });
}

function api(method, path, object) {
  const host = KUBERNETES_SERVICE_HOST.includes(':') ? `[${KUBERNETES_SERVICE_HOST}]` : KUBERNETES_SERVICE_HOST;
  return ask(https, `https://${host}:${KUBERNETES_SERVICE_PORT}${path}`, {
    method,
    ca: readFileSync(`${account}/ca.crt`),
    headers: {
      authorization: `Bearer ${readFileSync(`${account}/token`, 'utf8').trim()}`,
      'content-type': 'application/json',
    },
    body: object === undefined ? undefined : JSON.stringify(object),
  });
}

async function podsAreReady() {
  const path = `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=${encodeURIComponent(SELECTOR)}`;
  const { status, text } = await api('GET', path);
  if (status !== 200) throw new Error(`the pods of ${NAMESPACE} cannot be listed: ${status} ${text}`);
  const pods = JSON.parse(text).items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (pods.length < Number(REPLICAS)) throw new Error(`${pods.length} of ${REPLICAS} pods of the operator are there`);
  for (const { metadata, status: { podIP } } of pods) {
    if (podIP === undefined) throw new Error(`${metadata.name} has no address yet`);
    const host = podIP.includes(':') ? `[${podIP}]` : podIP;
    const answer = await ask(http, `http://${host}:8081/readyz?verbose`);
    if (answer.status !== 200) throw new Error(`${metadata.name} is not ready: ${answer.text}`);
  }
  return `${pods.length} pods of the operator are ready`;
}

async function serversAreTaken() {
  const path = `/apis/mcp.mcp.dev/v1alpha1/namespaces/${SAMPLE_NAMESPACE}/mcpservers?dryRun=All`;
  const { status, text, warning } = await api('POST', path, {
    apiVersion: 'mcp.mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: { name: 'helm-test' },
    spec: { image: 'registry.example/helm-test:latest' },
  });
  if (status !== 201) throw new Error(`an MCPServer is refused in ${SAMPLE_NAMESPACE}: ${status} ${text}`);
  if (EXPECT_WARNING !== 'true') return 'the API server takes an MCPServer';
  if (warning === undefined) throw new Error('the webhook did not answer: it would have warned about the tag "latest"');
  return `the API server takes an MCPServer, and the webhook answers: ${warning}`;
}

for (const check of [podsAreReady, serversAreTaken]) {
  for (;;) {
    try {
      console.log(`ok: ${await check()}`);
      break;
    } catch (error) {
      if (Date.now() > deadline) {
        console.error(`failed: ${error.message}`);
        process.exit(1);
      }
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

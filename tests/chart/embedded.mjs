// A relay's container inside values for another chart, or inside an operator's resource, as the pod that it becomes:
// node embedded.mjs bitnami|operator FILE
//
// Neither that chart nor that operator is here, so what they add is written down below, no more of it than the checks need: their
// own container's port, labels, and security context.
import { stringify } from 'yaml';
import { read } from './documents.mjs';

const [kind, file] = process.argv.slice(2);
const objects = read(file);
const server = (user) => ({
  name: 'redis',
  image: 'redis',
  ports: [{ name: 'redis', containerPort: 6379 }],
  resources: { requests: { cpu: '100m' } },
  securityContext: {
    runAsUser: user, runAsNonRoot: true, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  },
});
const pod = (name, labels, spec) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec: { automountServiceAccountToken: false, ...spec } });

function bitnami() {
  const { master } = objects[0];
  const labels = { 'app.kubernetes.io/instance': 'redis', 'app.kubernetes.io/name': 'redis', 'app.kubernetes.io/component': 'master' };
  return [pod('redis-master', labels, {
    securityContext: { fsGroup: 1001 },
    terminationGracePeriodSeconds: master.terminationGracePeriodSeconds,
    initContainers: master.initContainers,
    containers: [server(1001)],
    volumes: master.extraVolumes,
  })];
}

// `command` holds what other pods have in args; `mountPath` is what others call volumeMounts.
function operator() {
  const replication = objects.find((object) => object.kind === 'RedisReplication');
  const { spec } = replication;
  const known = ['name', 'image', 'imagePullPolicy', 'resources', 'env', 'mountPath', 'command', 'ports', 'securityContext'];
  const containers = spec.sidecars.map(({ mountPath, command, ...sidecar }) => {
    for (const key of Object.keys(sidecar)) if (!known.includes(key)) throw new Error(`${file}: an operator's sidecar has no ${key}`);
    return { ...sidecar, command: command.slice(0, 1), args: command.slice(1), volumeMounts: mountPath };
  });
  const labels = { app: replication.metadata.name, 'redis-role': 'master' };
  const inPod = { securityContext: spec.podSecurityContext, containers: [server(1000), ...containers], volumes: spec.storage.volumeMount.volume };
  return [...objects.filter((object) => object !== replication), pod(replication.metadata.name, labels, inPod)];
}

for (const object of { bitnami, operator }[kind]()) console.log('---\n' + stringify(object, { version: '1.1' }).trimEnd());

// What the types cannot see, in one set of manifests that are applied together: node pods.mjs SET FILE OUT [NOTES]
//
//  (1) Whatever refers to something finds it: a mount its volume, a Service its pods and their ports, a StatefulSet its Service.
//  (2) Every container is within the `restricted` pod security standard, with a read-only root, and no pod has a token.
//  (3) A native sidecar has a start probe that does not depend on the master (which starts after it), and no readiness probe (it
//      would gate the master).
//  (4) The configuration of a relay is mounted as a directory, and every file that it names is there: passwords, a token, what TLS
//      needs (real certificates, from the directory `certificates`).
//
// Each relay's files are laid out in OUT/SET.POD: root/ as the container sees it, `args`, `env`, and `facts` for those who run it
// (run_pod.sh). A set with a ConfigMap and no pod is a sidecar's: its pod is the container that NOTES shows.
import fs from 'node:fs';
import path from 'node:path';
import { containersOf, isRelay, nameOf, parse, podOf, read } from './documents.mjs';

const [set, file, out, notes] = process.argv.slice(2);
const password = 'password-of-the-chart-tests';
const objects = read(file);
const problems = [];
const say = (what, text) => problems.push(`${set}: ${what}: ${text}`);
const find = (kind, name) => objects.find((object) => object.kind === kind && object.metadata.name === name);
const selects = (selector, labels) => Object.entries(selector ?? {}).every(([key, value]) => labels?.[key] === value);

// The container and the volumes that NOTES.txt shows, as a pod.
function podOfNotes(text) {
  const block = (start) => {
    const lines = text.split('\n');
    const first = lines.findIndex((line) => line.startsWith(start));
    const length = lines.slice(first).findIndex((line) => line.trim() === '');
    return parse(lines.slice(first, first + length).join('\n'), 'NOTES')[0];
  };
  const labels = objects.find((object) => object.kind === 'Service').spec.selector;
  const volumes = block('  - name: psync-relay-config');
  const spec = {
    automountServiceAccountToken: false,
    securityContext: { fsGroup: 999 },
    initContainers: block('  - name: psync-relay'),
    containers: [],
    volumes,
  };
  // A claim is the StatefulSet's: its name stands only in a comment.
  if (text.includes('# psync-relay-data:')) volumes.push({ name: 'psync-relay-data', persistentVolumeClaim: { claimName: 'data' } });
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'notes', labels }, spec };
}

function checkContainer(pod, container) {
  const what = `${nameOf(pod.object)}: ${container.name}`;
  const context = { ...pod.spec.securityContext, ...container.securityContext };
  const wanted = {
    runAsNonRoot: context.runAsNonRoot === true,
    'runAsUser, not 0': context.runAsUser > 0,
    'allowPrivilegeEscalation: false': container.securityContext?.allowPrivilegeEscalation === false,
    'readOnlyRootFilesystem: true': container.securityContext?.readOnlyRootFilesystem === true,
    'capabilities, ALL dropped': container.securityContext?.capabilities?.drop?.includes('ALL') === true,
    'seccompProfile RuntimeDefault': context.seccompProfile?.type === 'RuntimeDefault',
    'resources.requests': container.resources?.requests !== undefined,
  };
  for (const [name, holds] of Object.entries(wanted)) if (!holds) say(what, `wants ${name}`);
  for (const { name } of container.ports ?? []) if (name && name.length > 15) say(what, `port ${name}: longer than 15 characters`);

  const volumes = [...(pod.spec.volumes ?? []).map((volume) => volume.name), ...pod.claims];
  for (const mount of container.volumeMounts ?? []) {
    if (!volumes.includes(mount.name)) say(what, `mounts ${mount.name}, which is no volume`);
    if (mount.subPath) say(what, `mounts ${mount.name} with subPath, which never changes while the pod runs`);
  }
  const probed = (name) => container[name]?.httpGet;
  if (pod.spec.initContainers?.includes(container) && container.restartPolicy === 'Always') {
    if (probed('startupProbe')?.path !== '/livez') say(what, 'a native sidecar wants a start probe on /livez: the master starts after it');
    if (container.readinessProbe) say(what, 'the readiness probe of a sidecar gates the master');
  }
  if (isRelay(container)) {
    const ports = (container.ports ?? []).map((port) => port.containerPort);
    for (const name of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      const probe = probed(name);
      if (probe && !ports.includes(probe.port)) say(what, `${name} asks port ${probe.port}, which is none of the container's`);
      if (probe && name !== 'readinessProbe' && probe.path !== '/livez') say(what, `${name} asks ${probe.path}`);
    }
    for (const port of ports) {
      if (containersOf(pod.spec).some((other) => other !== container && other.ports?.some((its) => its.containerPort === port))) {
        say(what, `port ${port} is another container's of the pod`);
      }
    }
  }
}

function checkPod(pod) {
  const what = nameOf(pod.object);
  if (pod.spec.automountServiceAccountToken !== false) say(what, 'wants automountServiceAccountToken: false');
  const names = [...(pod.spec.volumes ?? []).map((volume) => volume.name), ...pod.claims];
  for (const name of names) {
    if (names.indexOf(name) !== names.lastIndexOf(name)) say(what, `volume ${name} is there twice`);
    const mounted = containersOf(pod.spec).some((container) => container.volumeMounts?.some((mount) => mount.name === name));
    if (!mounted) say(what, `volume ${name} is not mounted`);
  }
  for (const volume of pod.spec.volumes ?? []) {
    if (Object.keys(volume).length < 2) say(what, `volume ${volume.name} is nothing`);
  }
  for (const container of containersOf(pod.spec)) checkContainer(pod, container);
}

function checkReferences(pods) {
  for (const object of objects) {
    const what = nameOf(object);
    if (object.kind === 'StatefulSet') {
      const service = find('Service', object.spec.serviceName);
      if (service?.spec.clusterIP !== 'None') say(what, `serviceName ${object.spec.serviceName} is no headless Service here`);
      if (!selects(object.spec.selector.matchLabels, object.spec.template.metadata.labels)) say(what, 'does not select its own pods');
    }
    if (object.kind === 'PodDisruptionBudget' || object.kind === 'NetworkPolicy') {
      const selector = (object.spec.selector ?? object.spec.podSelector).matchLabels;
      if (!pods.some((pod) => selects(selector, pod.metadata.labels))) say(what, 'selects no pod');
    }
    if (object.kind !== 'Service') continue;
    const selected = pods.filter((pod) => selects(object.spec.selector, pod.metadata.labels));
    if (selected.length === 0) say(what, 'selects no pod');
    for (const pod of selected) {
      const ports = containersOf(pod.spec).flatMap((container) => container.ports ?? []).map((port) => port.containerPort);
      for (const port of object.spec.ports) {
        if (typeof port.targetPort !== 'number') say(what, `targetPort ${port.targetPort}: names of a native sidecar's ports do not count before 1.32`);
        else if (!ports.includes(port.targetPort)) say(what, `port ${port.targetPort} is none of ${nameOf(pod.object)}`);
      }
    }
  }
}

// Lays out what the relay's container sees.
function layOut(pod, container) {
  const what = `${nameOf(pod.object)}: ${container.name}`;
  const home = path.join(out, `${set}.${pod.object.metadata.name}`);
  const write = (name, text) => {
    fs.mkdirSync(path.dirname(path.join(home, name)), { recursive: true });
    fs.writeFileSync(path.join(home, name), text);
  };
  // As the kubelet does it: NAME is a link to ..data/NAME, and ..data one to what is current.
  const project = (directory, name, text) => {
    write(path.join('root', directory, '..2026_11_26', name), text);
    const link = (target, at) => fs.existsSync(at) || fs.symlinkSync(target, at);
    link('..2026_11_26', path.join(home, 'root', directory, '..data'));
    link(path.join('..data', name), path.join(home, 'root', directory, name));
  };
  fs.mkdirSync(path.join(home, 'root/var/lib/psync-relay'), { recursive: true });
  for (const mount of container.volumeMounts) {
    const volume = pod.spec.volumes?.find((candidate) => candidate.name === mount.name);
    if (volume?.configMap) {
      const map = find('ConfigMap', volume.configMap.name);
      // One that the user brings is the user's; the test brings the smallest.
      const data = map?.data ?? { 'psync-relay.yaml': 'upstream:\n  host: redis.example\nlisten:\n  address: "::"\nhttp:\n  address: "::"\ndata-dir: /var/lib/psync-relay\n' };
      if (!map && !/^existing-/.test(volume.configMap.name)) say(what, `ConfigMap ${volume.configMap.name} is not here`);
      for (const [name, text] of Object.entries(data)) project(mount.mountPath, name, text);
    }
    if (volume?.secret) {
      for (const { path: name } of volume.secret.items ?? []) {
        const ofTls = /[.](crt|key)$/.test(name);
        project(mount.mountPath, name, ofTls ? fs.readFileSync(path.join('certificates', name), 'utf8') : password + '\n');
      }
    }
  }
  const at = container.args.indexOf('--config');
  const file = path.join(home, 'root', container.args[at + 1]);
  if (at < 0 || !fs.existsSync(file)) return say(what, 'the file of --config is not mounted');
  const config = read(file)[0];
  for (const group of ['upstream', 'listen', 'admin']) {
    for (const [key, value] of Object.entries(config[group] ?? {})) {
      if (key.endsWith('-file') && !fs.existsSync(path.join(home, 'root', value))) say(what, `${group}.${key}: ${value} is not mounted`);
      if (/password$|^token$/.test(key)) say(what, `${group}.${key} lies in a ConfigMap`);
    }
  }
  const dataDir = config['data-dir'];
  if (!container.volumeMounts.some((mount) => mount.mountPath === dataDir && !mount.readOnly)) say(what, `data-dir ${dataDir} is no volume`);
  const ports = { listen: config.listen?.['tls-port'] ?? config.listen?.port ?? 6479, http: config.http?.port ?? 8479 };
  if (config.admin?.address) ports.admin = config.admin.port;
  const open = container.ports.map((port) => port.containerPort);
  for (const port of Object.values(ports)) if (!open.includes(port)) say(what, `port ${port} of the configuration is none of the container's`);

  const environment = (container.env ?? []).map(({ name, value, valueFrom }) =>
    `${name}=${value ?? { 'status.podIP': '192.0.2.2', 'metadata.name': `${pod.object.metadata.name}-0` }[valueFrom?.fieldRef?.fieldPath] ?? password}`);
  write('env', environment.join('\n') + '\n');
  write('args', container.args.join('\n') + '\n');
  const upstream = config.upstream ?? {};
  const secret = (file) => (file ? password : '');
  const facts = {
    upstream_host: upstream.host ?? (upstream.sentinels ? 'master-of-sentinel' : '127.0.0.1'),
    upstream_port: upstream.port ?? 6379,
    upstream_password: secret(upstream['password-file']),
    upstream_user: upstream.username ?? '',
    upstream_tls: upstream.tls ?? '',
    sentinel: upstream.sentinels?.split(',')[0] ?? '',
    sentinel_master: upstream['sentinel-master'] ?? '',
    sentinel_password: secret(upstream['sentinel-password-file']),
    listen_port: ports.listen,
    listen_password: secret(config.listen?.['password-file']),
    listen_tls: config.listen?.['tls-port'] ? 'yes' : '',
    http_port: ports.http,
    admin_port: ports.admin ?? '',
    admin_token: secret(config.admin?.['token-file']),
  };
  write('facts', Object.entries(facts).map(([name, value]) => `${name}='${value}'\n`).join(''));
}

let pods = objects.map(podOf).filter(Boolean);
if (notes && !pods.some((pod) => containersOf(pod.spec).some(isRelay))) {
  const object = podOfNotes(fs.readFileSync(notes, 'utf8'));
  fs.writeFileSync(path.join(out, `${set}.notes.json`), JSON.stringify(object));
  pods = [...pods, podOf(object)];
}
pods.forEach(checkPod);
checkReferences(pods);
let relays = 0;
for (const pod of pods) {
  for (const container of containersOf(pod.spec).filter(isRelay)) {
    layOut(pod, container);
    relays += 1;
  }
}
if (relays === 0) say(file, 'there is no relay');
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);

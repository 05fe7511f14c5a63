// Builds the kustomizations of deploy/kubernetes, as far as they go: node kustomize.mjs DIRECTORY
//
// There is no kubectl in Debian 12 that knows today's kustomization, so this does what those files use and refuses all else:
// resources (files and directories), configMapGenerator with files and disableNameSuffixHash, and JSON 6902 patches with a target.
// What it builds is what `kubectl kustomize` builds, but for the order of the objects.
import fs from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { nameOf, parse, read } from './documents.mjs';

function only(object, known, where) {
  for (const key of Object.keys(object)) {
    if (!known.includes(key)) throw new Error(`${where}: ${key} is not known here`);
  }
}

// RFC 6902: add, replace, remove.
function patch(object, operations, where) {
  for (const { op, path: pointer, value } of operations) {
    const keys = pointer.split('/').slice(1).map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = keys.pop();
    const at = keys.reduce((inner, key) => inner?.[key], object);
    if (at === undefined) throw new Error(`${where}: ${pointer}: there is no such place`);
    if (op !== 'add' && !(last in at)) throw new Error(`${where}: ${pointer}: nothing to ${op}`);
    if (op === 'remove') delete at[last];
    else if (op === 'replace') at[last] = value;
    else if (op === 'add' && Array.isArray(at)) at.splice(last === '-' ? at.length : Number(last), 0, value);
    else if (op === 'add') at[last] = value;
    else throw new Error(`${where}: ${op} is not known here`);
  }
}

function build(directory) {
  const file = path.join(directory, 'kustomization.yaml');
  const [kustomization, ...more] = read(file);
  if (more.length > 0) throw new Error(`${file}: more than one document`);
  only(kustomization, ['apiVersion', 'kind', 'resources', 'configMapGenerator', 'generatorOptions', 'patches'], file);
  if (kustomization.apiVersion !== 'kustomize.config.k8s.io/v1beta1' || kustomization.kind !== 'Kustomization') {
    throw new Error(`${file}: not a Kustomization`);
  }
  const objects = (kustomization.resources ?? []).flatMap((name) => {
    const resource = path.join(directory, name);
    return fs.statSync(resource).isDirectory() ? build(resource) : read(resource);
  });
  only(kustomization.generatorOptions ?? {}, ['disableNameSuffixHash'], file);
  for (const generator of kustomization.configMapGenerator ?? []) {
    only(generator, ['name', 'files'], file);
    // With a hash in its name, a changed configuration would replace the pods; as a sidecar, with the master in them.
    if (kustomization.generatorOptions?.disableNameSuffixHash !== true) throw new Error(`${file}: wants disableNameSuffixHash`);
    const data = Object.fromEntries(
      generator.files.map((name) => [path.basename(name), fs.readFileSync(path.join(directory, name), 'utf8')]));
    objects.push({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: generator.name }, data });
  }
  for (const { target, patch: text, ...rest } of kustomization.patches ?? []) {
    only(rest, [], file);
    only(target, ['kind', 'name'], file);
    const hit = objects.filter((object) => object.kind === target.kind && object.metadata.name === target.name);
    if (hit.length !== 1) throw new Error(`${file}: a patch for ${target.kind} ${target.name}, of which there are ${hit.length}`);
    const [operations] = parse(text, file);
    if (!Array.isArray(operations)) throw new Error(`${file}: only JSON 6902 patches are known here`);
    patch(hit[0], operations, file);
  }
  const names = objects.map(nameOf);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice) throw new Error(`${file}: ${twice} is there twice`);
  return objects;
}

try {
  for (const object of build(process.argv[2])) console.log('---\n' + stringify(object, { version: '1.1' }).trimEnd());
} catch (error) {
  console.error(`kustomize: ${error.message}`);
  process.exit(1);
}

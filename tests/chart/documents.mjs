// YAML files as lists of objects, read as Kubernetes reads them: YAML 1.1 (0440 is octal, `yes` is true), a key that is there twice
// is an error.
import fs from 'node:fs';
import { parseAllDocuments } from 'yaml';

export function parse(text, name) {
  return parseAllDocuments(text, { version: '1.1', merge: true })
    .map((document) => {
      if (document.errors.length > 0) throw new Error(`${name}: ${document.errors[0].message}`);
      return document.toJS();
    })
    .filter((object) => object !== null && object !== undefined);
}

export const read = (path) => parse(fs.readFileSync(path, 'utf8'), path);

export const nameOf = (object) => `${object.kind} ${object.metadata?.name ?? '?'}`;

// The pod that a workload makes, with what of the workload concerns it; nothing for other objects.
export function podOf(object) {
  if (object.kind === 'Pod') return { object, metadata: object.metadata, spec: object.spec, claims: [] };
  const template = object.spec?.template;
  if (!['StatefulSet', 'Deployment', 'DaemonSet', 'Job'].includes(object.kind)) return undefined;
  const claims = (object.spec.volumeClaimTemplates ?? []).map((claim) => claim.metadata.name);
  return { object, metadata: template.metadata, spec: template.spec, claims };
}

export const containersOf = (spec) => [...(spec.initContainers ?? []), ...spec.containers];

export const isRelay = (container) => /psync-relay/.test(container.image) && container.args?.[0] !== 'ctl';

// Every object against the types of Kubernetes' API: node strict.mjs FILE...
//
//  (1) Values: the models' own validation (types, patterns, what is required).
//  (2) Unknown fields: each object becomes a literal of its type in TypeScript, which takes no field that the type does not have.
//  (3) What a dashboard's ConfigMap carries is JSON.
//  (4) A kind that there is no model for is an error, not a skip.
import fs from 'node:fs';
import { spawnSync } from 'node:child_process';
import { nameOf, read } from './documents.mjs';

const home = {
  'cert-manager.io/v1': '@kubernetes-models/cert-manager/cert-manager.io/v1',
  'monitoring.coreos.com/v1': '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
};
const problems = [];
const lines = [];  // of the TypeScript
const where = [];  // [first line, what]
let count = 0;

function withoutNulls(value) {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null).map(([key, inner]) => [key, withoutNulls(inner)]));
}

for (const file of process.argv.slice(2)) {
  for (const object of read(file).map(withoutNulls)) {
    const what = `${file}: ${nameOf(object)}`;
    const source = home[object.apiVersion] ?? `kubernetes-models/${object.apiVersion}`;
    count += 1;
    let Model;
    try {
      Model = (await import(source))[object.kind];
    } catch {
      // said below
    }
    if (!Model) {
      problems.push(`${what}: there is no ${object.apiVersion} ${object.kind}`);
      continue;
    }
    try {
      new Model(object).validate();
    } catch (error) {
      problems.push(`${what}: ${error.message}`);
    }
    if (object.kind === 'ConfigMap') {
      for (const [name, text] of Object.entries(object.data).filter(([key]) => key.endsWith('.json'))) {
        try {
          JSON.parse(text);
        } catch (error) {
          problems.push(`${what}: ${name}: ${error.message}`);
        }
      }
    }
    where.push([lines.length + 1, what]);
    lines.push(`import type { I${object.kind} as T${count} } from '${source}';`);
    lines.push(...`export const o${count}: T${count} = ${JSON.stringify(object, null, 1)};`.split('\n'));
  }
}

fs.writeFileSync('objects.ts', lines.join('\n') + '\n');
const options = ['--noEmit', '--strict', '--skipLibCheck', '--types', '', '--module', 'nodenext', '--moduleResolution', 'nodenext', '--target', 'es2022'];
const tsc = spawnSync('node_modules/.bin/tsc', [...options, 'objects.ts'], { encoding: 'utf8' });
if (tsc.error) throw tsc.error;
for (const line of (tsc.stdout + tsc.stderr).split('\n').filter((text) => text.trim())) {
  const at = line.match(/^objects\.ts[(:](\d+)[,:]\d+\)?:?(?: -)? *(.*)$/);
  if (!at) {
    problems.push(line);
    continue;
  }
  const number = Number(at[1]);
  const what = where.findLast(([first]) => first <= number)?.[1];
  problems.push(`${what}: ${at[2]}   (${lines[number - 1].trim()})`);
}
if (tsc.status !== 0 && problems.length === 0) problems.push(`tsc ended with ${tsc.status}`);
if (count === 0) problems.push('no objects');
for (const problem of problems) console.error(problem);
console.log(`strict: ${count} objects, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);

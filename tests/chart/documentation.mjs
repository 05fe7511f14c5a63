// Keeps what is written twice the same: node documentation.mjs ROOT [--update]
//
//  (1) The table in the chart's README is values.yaml's comments, and every value has one.
//  (2) Every value of values.yaml is in values.schema.json by its own name (an open object in the schema is one value).
//  (3) The keys whose change replaces the pods (_config.tpl) are those that config.example.yaml marks [restart].
//  (4) The chart's rules and dashboards (files/) are copies of deploy/prometheus and deploy/grafana.
//
// With --update, (1) and (4) are made so.
import fs from 'node:fs';
import path from 'node:path';
import { parse } from './documents.mjs';

const [root, update] = process.argv.slice(2);
const chart = path.join(root, 'helm/psync-relay');
const text = (name) => fs.readFileSync(path.join(chart, name), 'utf8');
const problems = [];

// Keys with the comment that stands directly above each, by indentation: [{ path: [...], comment }].
function commentedKeys(yaml) {
  const found = [];
  const open = [];  // [indentation, key]
  let comment = [];
  for (const line of yaml.split('\n')) {
    const [, spaces, rest] = line.match(/^( *)(.*)$/);
    if (rest.startsWith('#')) {
      comment.push(rest.replace(/^# ?/, ''));
      continue;
    }
    const key = rest.match(/^([A-Za-z][\w-]*):(\s|$)/)?.[1];
    if (key) {
      while (open.length > 0 && open.at(-1)[0] >= spaces.length) open.pop();
      open.push([spaces.length, key]);
      found.push({ path: open.map(([, name]) => name), comment: comment.join(' ') });
    }
    comment = [];
  }
  return found;
}

const values = parse(text('values.yaml'), 'values.yaml')[0];
const at = (keys) => keys.reduce((inner, key) => inner[key], values);
const schema = JSON.parse(text('values.schema.json'));
const keys = commentedKeys(text('values.yaml'));
const isBelow = (key, outer) => key.path.length > outer.path.length && outer.path.every((name, i) => key.path[i] === name);
const isGroup = (outer) => keys.some((key) => isBelow(key, outer) && key.comment);

function schemaOf(keys) {
  return keys.reduce((inner, key) => inner?.properties?.[key], schema);
}

const rows = [];
for (const key of keys) {
  const name = key.path.join('.');
  // What stands below a value that has its comment, and has none of its own, is that value's default.
  if (keys.some((outer) => outer.comment && !isGroup(outer) && isBelow(key, outer))) continue;
  if (!schemaOf(key.path)) problems.push(`values.schema.json: has no ${name}`);
  if (isGroup(key)) {
    if (key.comment) rows.push(`| **${name}** | ${key.comment} | |`);
    continue;
  }
  if (!key.comment) problems.push(`values.yaml: ${name} has no comment`);
  rows.push(`| \`${name}\` | ${key.comment.replaceAll('|', '\\|')} | \`${JSON.stringify(at(key.path))}\` |`);
}

function checkTable() {
  const [begin, end] = ['<!-- values: made by tests/chart/run.sh --update -->', '<!-- end of values -->'];
  const readme = text('README.md');
  const [before, rest] = readme.split(begin + '\n');
  const after = rest?.split(end)[1];
  if (after === undefined) return problems.push(`README.md: has no "${begin}" and "${end}"`);
  const wanted = `${before}${begin}\n| value | what | default |\n|---|---|---|\n${rows.join('\n')}\n${end}${after}`;
  if (wanted === readme) return undefined;
  if (update) return fs.writeFileSync(path.join(chart, 'README.md'), wanted);
  return problems.push('README.md: the table is not what values.yaml says; tests/chart/run.sh --update makes it so');
}

function checkRestartKeys() {
  const marked = commentedKeys(fs.readFileSync(path.join(root, 'config.example.yaml'), 'utf8'))
    .filter((key) => key.comment.startsWith('[restart]')).map((key) => key.path.join('.')).sort();
  const held = text('templates/_config.tpl').match(/define "psync-relay.restartKeys" -}}\n([^{]*)\n/)[1].split('\n').sort();
  for (const key of marked) if (!held.includes(key)) problems.push(`_config.tpl: ${key} needs a restart by config.example.yaml, and is no restartKey`);
  for (const key of held) if (!marked.includes(key)) problems.push(`_config.tpl: restartKey ${key} needs no restart by config.example.yaml`);
}

function checkCopies(from, to, wanted) {
  const list = (directory) => (fs.existsSync(directory) ? fs.readdirSync(directory) : []);
  const [source, copy] = [path.join(root, from), path.join(chart, to)];
  const originals = list(source).filter((name) => wanted(name, path.join(source, name)));
  if (update && originals.length > 0) fs.mkdirSync(copy, { recursive: true });
  for (const name of originals) {
    const content = fs.readFileSync(path.join(source, name), 'utf8');
    if (update) fs.writeFileSync(path.join(copy, name), content);
    else if (!list(copy).includes(name) || fs.readFileSync(path.join(copy, name), 'utf8') !== content) {
      problems.push(`${to}/${name}: is not ${from}/${name}; tests/chart/run.sh --update copies it`);
    }
  }
  for (const name of list(copy)) if (!originals.includes(name)) problems.push(`${to}/${name}: is not in ${from}`);
}

checkTable();
checkRestartKeys();
checkCopies('deploy/prometheus', 'files/rules', (name, file) => /\.ya?ml$/.test(name) && /^groups:/m.test(fs.readFileSync(file, 'utf8')));
checkCopies('deploy/grafana', 'files/dashboards', (name) => name.endsWith('.json'));
for (const problem of problems) console.error(problem);
console.log(`documentation: ${rows.length} values, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);

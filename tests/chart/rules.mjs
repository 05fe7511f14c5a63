// The rules of a file's PrometheusRules as a rules file for promtool, on standard output; nothing where there are none.
import { stringify } from 'yaml';
import { read } from './documents.mjs';

const groups = read(process.argv[2]).filter((object) => object.kind === 'PrometheusRule').flatMap((object) => object.spec.groups);
if (groups.length > 0) process.stdout.write(stringify({ groups }));

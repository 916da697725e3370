import { appendFileSync } from 'node:fs';
import { Conformance } from '../simulator/conformance.js';
import { reportVariable } from './conforming.js';

// Loaded before a process that a test starts: what is found there is written at once, as the process may be killed.
const report = process.env[reportVariable];
if (report !== undefined) new Conformance((problem) => appendFileSync(report, `${problem}\n`)).watch();

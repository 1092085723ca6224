/** The request in a browser, in Node.js and in TypeScript. */

import { type Field, plain } from "../schema.ts";
import { request } from "./library.ts";
import { BASE, KEY, KEY_VARIABLE, swap, type Call, type Sample } from "./sample.ts";

const FROM_ENVIRONMENT = `process.env.${KEY_VARIABLE} ?? ''`;
const OWN = {
  text: "A file of your own, in place of a link (import readFile from node:fs/promises):",
  code: "(await readFile('room.jpg')).toString('base64')",
};

/** The samples of calls that wait for the picture. */
export function sync(call: Call): Sample[] {
  return [
    inBrowser(inPage(call)),
    inNode(waited(call)),
    inTypeScript(typed(waited(call), call, types(call))),
  ];
}

/** The samples that submit a job and wait for its end. */
export function jobs(call: Call): Sample[] {
  return [
    inBrowser(pageJob(call)),
    inNode(polled(call, "answer")),
    inTypeScript(typed(polled(call, "answer: Response"), call, types(call) + JOB)),
  ];
}

function inBrowser(code: string): Sample {
  return {
    id: "javascript-fetch",
    language: "JavaScript",
    variant: "in a page",
    file: "example.js",
    install: null,
    run: null,
    code,
    own: {
      text: "Files of a form's inputs, without the Content-Type header:",
      code: "body: new FormData(document.querySelector('form'))",
    },
  };
}

function inNode(code: string): Sample {
  return {
    id: "javascript-node",
    language: "JavaScript",
    variant: "Node.js",
    file: "example.mjs",
    install: null,
    run: "node example.mjs",
    code,
    own: OWN,
  };
}

function inTypeScript(code: string): Sample {
  return {
    id: "typescript",
    language: "TypeScript",
    variant: "",
    file: "example.mts",
    install: null,
    run: "node example.mts",
    code,
    own: OWN,
  };
}

function inPage(call: Call): string {
  return `const response = await ${request("fetch", call, "v1")}
if (!response.ok) throw new Error(await response.text())

const picture = new Image()
picture.src = URL.createObjectURL(await response.blob())
document.body.append(picture)
`;
}

function pageJob(call: Call): string {
  return `const submitted = await ${request("fetch", call, "v2")}
let job = await submitted.json()
if (!submitted.ok) throw new Error(job.error)

const url = '${BASE}/v2/requests/' + job.request_id
const headers = { 'x-api-key': '${KEY}' }
while (job.status !== 'COMPLETED') {
  await new Promise((resolve) => setTimeout(resolve, 500))
  const response = await fetch(url, { headers })
  job = await response.json()
  if (!response.ok) throw new Error(job.error)
}
const picture = new Image()
picture.src = job.output
document.body.append(picture)
`;
}

function waited(call: Call): string {
  return `import { writeFile } from 'node:fs/promises'

const response = await ${fromNode(call, "v1")}
if (!response.ok) {
  console.error(await response.text())
  process.exit(1)
}
await writeFile('${call.output}', Buffer.from(await response.arrayBuffer()))
console.log('${call.output},', response.headers.get('x-cost'), 'credits')
`;
}

function fromNode(call: Call, version: "v1" | "v2"): string {
  return swap(request("fetch", call, version), [`'${KEY}'`, FROM_ENVIRONMENT]);
}

function polled(call: Call, parameter: string): string {
  return `import { writeFile } from 'node:fs/promises'

const headers = { 'x-api-key': ${FROM_ENVIRONMENT} }

async function told(${parameter}) {
  if (!answer.ok) {
    console.error(await answer.text())
    process.exit(1)
  }
  return await answer.json()
}

let job = await told(
  await ${fromNode(call, "v2").replaceAll("\n", "\n  ")}
)
const url = '${BASE}/v2/requests/' + job.request_id
while (job.status !== 'COMPLETED') {
  await new Promise((resolve) => setTimeout(resolve, 500))
  job = await told(await fetch(url, { headers }))
}
const picture = await fetch(job.output)
await writeFile('${call.output}', Buffer.from(await picture.arrayBuffer()))
console.log('${call.output},', job.metrics.cost, 'credits')
`;
}

/** The same with types: the body is held to the model's fields. */
function typed(code: string, call: Call, declared: string): string {
  const held = swap(code, [/(?<=^import .*\n)/, `\n${declared}`], [/\}\)(?=\n *\}\))/, `} satisfies ${typeName(call)})`]);
  if (!held.includes("let job =")) return held;
  return swap(
    held,
    ["(answer: Response)", "(answer: Response): Promise<Job>"],
    ["let job =", "let job: Job ="],
    ["fetch(job.output)", "fetch(job.output!)"],
  );
}

const JOB = `
interface Job {
  request_id: string
  status: 'QUEUED' | 'PROCESSING' | 'COMPLETED' | 'FAILED'
  output?: string
  metrics: { cost: number }
}
`;

/** The model's fields as an interface. */
function types(call: Call): string {
  const required = call.schema.required ?? [];
  const fields = Object.entries(call.schema.properties).map(
    ([name, field]) => `  ${name}${required.includes(name) ? "" : "?"}: ${typeOf(plain(field))}`,
  );
  return `interface ${typeName(call)} {\n${fields.join("\n")}\n}\n`;
}

function typeName(call: Call): string {
  return call.slug.replace(/(^|[-_.])(\w)/g, (_, __, letter: string) => letter.toUpperCase());
}

function typeOf(field: Field): string {
  if (field.enum !== undefined) return field.enum.map((each) => `'${String(each)}'`).join(" | ");
  if (field.type === "integer" || field.type === "number") return "number";
  return field.type === "boolean" ? "boolean" : "string";
}

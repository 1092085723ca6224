/** The request in Python: requests, httpx, the hosted API's own client, and ours. */

import { request } from "./library.ts";
import { absolute, BASE, KEY, KEY_VARIABLE, swap, type Call, type Sample } from "./sample.ts";

const FROM_ENVIRONMENT = `os.environ.get("${KEY_VARIABLE}", "")`;
const OWN = {
  text: "A file of your own, in place of a link (import base64):",
  code: 'base64.b64encode(open("room.jpg", "rb").read()).decode()',
};
const METHODS: Record<string, string> = { "furniture-staging": "stage", "erase-furniture": "erase" };

/** The samples of calls that wait for the picture. */
export function sync(call: Call): Sample[] {
  return [
    sample("requests", "requests", overHttp("requests", call)),
    sample("httpx", "httpx", overHttp("httpx", call)),
    sample("segmind", "segmind", segmind(call)),
    { ...sample("roomstage", "roomstage", ours(call)), install: "pip install .", own: OWN_PATH },
  ];
}

/** The samples that submit a job and wait for its end. */
export function jobs(call: Call): Sample[] {
  return [
    sample("requests", "requests", polled("requests", call)),
    sample("httpx", "httpx", polled("httpx", call)),
    sample("segmind", "segmind httpx", segmindJob(call)),
    { ...sample("roomstage", "roomstage", ourJob(call)), install: "pip install .", own: OWN_PATH },
  ];
}

const OWN_PATH = { text: "A file of your own is its path:", code: '"room.jpg"' };

function sample(variant: string, packages: string, code: string): Sample {
  return {
    id: `python-${variant}`,
    language: "Python",
    variant,
    file: "example.py",
    install: `pip install ${packages}`,
    run: "python example.py",
    code,
    own: OWN,
  };
}

function overHttp(library: "requests" | "httpx", call: Call): string {
  return `import os
import sys

import ${library}

response = ${written(library, call, "v1")}
if response.status_code != 200:
    sys.exit(response.text)
with open("${call.output}", "wb") as file:
    file.write(response.content)
print("${call.output},", response.headers["x-cost"], "credits")
`;
}

/** The library's request, indented as Python is and with time enough. */
function written(library: "requests" | "httpx", call: Call, version: "v1" | "v2"): string {
  const text = request(library, call, version).replace(/^ {6}"/gm, '        "');
  return swap(text, [`"${KEY}"`, FROM_ENVIRONMENT], [/\n\)$/, ",\n    timeout=60,\n)"]);
}

function polled(library: "requests" | "httpx", call: Call): string {
  return `import os
import sys
import time

import ${library}

headers = {"x-api-key": ${FROM_ENVIRONMENT}}


def told(response):
    if response.status_code != 200:
        sys.exit(response.text)
    return response.json()


job = told(
    ${written(library, call, "v2").replaceAll("\n", "\n    ")}
)
url = "${BASE}/v2/requests/" + job["request_id"]
while job["status"] != "COMPLETED":
    time.sleep(0.5)
    job = told(${library}.get(url, headers=headers))
with open("${call.output}", "wb") as file:
    file.write(${library}.get(job["output"]).content)
print("${call.output},", job["metrics"]["cost"], "credits")
`;
}

function segmind(call: Call): string {
  return `import os
import sys

from segmind import SegmindClient
from segmind.exceptions import SegmindError

client = SegmindClient(
    api_key=os.environ.get("${KEY_VARIABLE}") or "none",
    base_url="${BASE}/v1",
    timeout=60,
)
try:
    response = client.run_sync(
        "${call.slug}",
${named(call, 8)}
    )
except SegmindError as error:
    sys.exit(error.detail)
with open("${call.output}", "wb") as file:
    file.write(response.content)
print("${call.output},", response.headers["x-cost"], "credits")
`;
}

function segmindJob(call: Call): string {
  return `import os
import sys

import httpx
from segmind import SegmindClient
from segmind.exceptions import SegmindError
from segmind.v2 import InferenceFailed

client = SegmindClient(
    api_key=os.environ.get("${KEY_VARIABLE}") or "none",
    base_url="${BASE}/v1",
)
try:
    job = client.run(
        "${call.slug}",
${named(call, 8)}
    )
except (SegmindError, InferenceFailed) as error:
    sys.exit(error.detail)
with open("${call.output}", "wb") as file:
    file.write(httpx.get(job["output"]).content)
print("${call.output},", job["metrics"]["cost"], "credits")
`;
}

function ours(call: Call): string {
  const method = METHODS[call.slug];
  const slug = method === undefined ? `\n        "${call.slug}",` : "";
  return `import sys

from roomstage.client import Client, ClientError

client = Client("${BASE}")  # reads ${KEY_VARIABLE}
try:
    result = client.${method ?? "run"}(${slug}
${named(call, 8)}
    )
except ClientError as error:
    sys.exit(f"{error.code}: {error}")
result.save("${call.output}")
print("${call.output},", result.cost, "credits")
`;
}

function ourJob(call: Call): string {
  return `import sys

from roomstage.client import Client, ClientError

client = Client("${BASE}")  # reads ${KEY_VARIABLE}
try:
    job = client.submit(
        "${call.slug}",
${named(call, 8)}
    )
    result = job.wait(on_progress=lambda step, share: print(f"{share:4.0%} {step}"))
except ClientError as error:
    sys.exit(f"{error.code}: {error}")
result.save("${call.output}")
print("${call.output},", result.cost, "credits")
`;
}

/** The body as arguments, each on a line of its own. */
function named(call: Call, indent: number): string {
  const lines = Object.entries(absolute(call.body)).map(
    ([name, value]) => `${" ".repeat(indent)}${name}=${literal(value)},`,
  );
  return lines.join("\n");
}

function literal(value: string | number | boolean): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return JSON.stringify(value);
}

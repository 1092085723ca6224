/** The request with curl. */

import { request } from "./library.ts";
import { BASE, KEY, KEY_VARIABLE, swap, type Call, type Sample } from "./sample.ts";

const HEADER = `--header "x-api-key: $${KEY_VARIABLE}"`;

/** The sample of a call that waits for the picture. */
export function sync(call: Call): Sample[] {
  const code = `${written(call, "v1")} \\
  --silent --show-error --fail-with-body --output ${call.output} ||
  { cat ${call.output}; false; }
`;
  return [sample(call, code)];
}

/** The sample that submits a job and waits for its end. */
export function jobs(call: Call): Sample[] {
  const code = `member() { grep -o "\\"$1\\": *\\"[^\\"]*\\"" | cut -d '"' -f 4; }

job=$(${written(call, "v2")} \\
  --silent --show-error)
id=$(echo "$job" | member request_id)
status=$(echo "$job" | member status)
while [ "$status" = QUEUED ] || [ "$status" = PROCESSING ]; do
  sleep 0.5
  job=$(curl --silent ${HEADER} ${BASE}/v2/requests/$id)
  status=$(echo "$job" | member status)
done
if [ "$status" = COMPLETED ]; then
  curl --silent --output ${call.output} "$(echo "$job" | member output)"
else
  echo "$job" && false
fi
`;
  return [sample(call, code)];
}

function sample(call: Call, code: string): Sample {
  return {
    id: "curl",
    language: "curl",
    variant: "",
    file: "example.sh",
    install: null,
    run: "sh example.sh",
    code,
    own: { text: "Files of your own go as a form:", code: form(call) },
  };
}

function written(call: Call, version: "v1" | "v2"): string {
  return swap(request("curl", call, version), [`--header 'x-api-key: ${KEY}'`, HEADER]);
}

/** The same call with files, as a form. */
function form(call: Call): string {
  const parts = Object.entries(call.body).map(([name, value]) => {
    const role = call.schema.properties[name]?.["x-role"];
    if (role === undefined) return `-F ${name}='${String(value).replaceAll("'", `'\\''`)}'`;
    return `-F ${name}=@${name}${/\.\w+$/.exec(String(value))?.[0] ?? ".jpg"}`;
  });
  const lines = [`curl ${BASE}/v1/${call.slug}`, HEADER, ...parts, `--output ${call.output}`];
  return lines.join(" \\\n  ");
}

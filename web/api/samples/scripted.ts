/** The request in PHP and Ruby. */

import { UPLOADED } from "./compiled.ts";
import { request } from "./library.ts";
import { KEY, KEY_VARIABLE, swap, type Call, type Sample } from "./sample.ts";

/** The samples of calls that wait for the picture. */
export function sync(call: Call): Sample[] {
  return [
    {
      id: "php",
      language: "PHP",
      variant: "",
      file: "example.php",
      install: null,
      run: "php example.php",
      code: php(call),
      own: {
        text: "A file of your own, in place of a link:",
        code: "base64_encode(file_get_contents('room.jpg'))",
      },
    },
    {
      id: "ruby",
      language: "Ruby",
      variant: "",
      file: "example.rb",
      install: null,
      run: "ruby example.rb",
      code: ruby(call),
      own: UPLOADED,
    },
  ];
}

function php(call: Call): string {
  return `<?php
${swap(
  request("php", call, "v1"),
  ["curl_setopt($ch, CURLOPT_POST, true);", `curl_setopt($ch, CURLOPT_POST, true);
curl_setopt($ch, CURLOPT_RETURNTRANSFER, true);`],
  [`'x-api-key: ${KEY}'`, `'x-api-key: ' . getenv('${KEY_VARIABLE}')`],
  [
    /curl_exec\(\$ch\);[\s\S]*$/,
    `$answer = curl_exec($ch);
if (curl_getinfo($ch, CURLINFO_RESPONSE_CODE) !== 200) {
  fwrite(STDERR, $answer === false ? curl_error($ch) : $answer);
  exit(1);
}
file_put_contents('${call.output}', $answer);
echo "${call.output}\\n";
`,
  ],
)}`;
}

function ruby(call: Call): string {
  return swap(
    request("ruby", call, "v1"),
    [
      "http = Net::HTTP.new(url.host, url.port)",
      'http = Net::HTTP.new(url.host, url.port)\nhttp.use_ssl = url.scheme == "https"',
    ],
    [`'${KEY}'`, `ENV.fetch("${KEY_VARIABLE}", "")`],
    ["<<~JSON", "<<~'JSON'"],
    [
      "puts response.read_body",
      `abort response.body unless response.code == "200"
File.binwrite("${call.output}", response.body)
puts "${call.output}, #{response["x-cost"]} credits"
`,
    ],
  );
}

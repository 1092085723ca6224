/** The requests as snippetz writes them; everything else here completes them into programs. */

import { csharpHttpclient } from "@scalar/snippetz/plugins/csharp/httpclient";
import { goNative } from "@scalar/snippetz/plugins/go/native";
import { javaNethttp } from "@scalar/snippetz/plugins/java/nethttp";
import { jsFetch } from "@scalar/snippetz/plugins/js/fetch";
import { phpCurl } from "@scalar/snippetz/plugins/php/curl";
import { pythonHttpxSync } from "@scalar/snippetz/plugins/python/httpx";
import { pythonRequests } from "@scalar/snippetz/plugins/python/requests";
import { rubyNative } from "@scalar/snippetz/plugins/ruby/native";
import { rustReqwest } from "@scalar/snippetz/plugins/rust/reqwest";
import { shellCurl } from "@scalar/snippetz/plugins/shell/curl";
import { swiftNsurlsession } from "@scalar/snippetz/plugins/swift/nsurlsession";

import { absolute, BASE, KEY, type Call } from "./sample.ts";

const WRITERS = {
  csharp: csharpHttpclient,
  curl: shellCurl,
  fetch: jsFetch,
  go: goNative,
  httpx: pythonHttpxSync,
  java: javaNethttp,
  php: phpCurl,
  requests: pythonRequests,
  ruby: rubyNative,
  rust: rustReqwest,
  swift: swiftNsurlsession,
};

/** The request of a call, to `/v1` for the picture or to `/v2` for a job. */
export function request(writer: keyof typeof WRITERS, call: Call, version: "v1" | "v2"): string {
  return WRITERS[writer].generate({
    method: "POST",
    url: `${BASE}/${version}/${call.slug}`,
    httpVersion: "HTTP/1.1",
    headers: [
      { name: "x-api-key", value: KEY },
      { name: "Content-Type", value: "application/json" },
    ],
    queryString: [],
    cookies: [],
    headersSize: -1,
    bodySize: -1,
    postData: { mimeType: "application/json", text: JSON.stringify(absolute(call.body)) },
  });
}

/** The request in Go, Java, C#, Rust and Swift. */

import { request } from "./library.ts";
import { BASE, json, KEY, KEY_VARIABLE, swap, type Call, type Sample } from "./sample.ts";

export const UPLOADED = {
  text: "A file of your own: hand it in, and use the link of file_urls in place of the sample's:",
  code: `curl --header "x-api-key: $${KEY_VARIABLE}" -F file=@room.jpg ${BASE}/upload-asset`,
};

/** The samples of calls that wait for the picture. */
export function sync(call: Call): Sample[] {
  return [
    sample("Go", "example.go", null, "go run example.go", go(call)),
    sample("Java", "Example.java", null, "java Example.java", java(call)),
    sample("C#", "example.cs", null, "dotnet run example.cs", csharp(call)),
    sample(
      "Rust",
      "src/main.rs",
      "cargo add reqwest --features json && cargo add serde_json && cargo add tokio --features full",
      "cargo run",
      rust(call),
    ),
    sample("Swift", "example.swift", null, "swift example.swift", swift(call)),
  ];
}

function sample(
  language: string,
  file: string,
  install: string | null,
  run: string,
  code: string,
): Sample {
  const id = language === "C#" ? "csharp" : language.toLowerCase();
  return { id, language, variant: "", file, install, run, code, own: UPLOADED };
}

function go(call: Call): string {
  const checked = "\n\tif err != nil {\n\t\tlog.Fatal(err)\n\t}";
  return swap(
    request("go", call, "v1"),
    ['"io"', '"io"\n\t"log"'],
    ['"net/http"', '"net/http"\n\t"os"'],
    [`"${KEY}"`, `os.Getenv("${KEY_VARIABLE}")`],
    [/req, _ := (.*)\n/, `req, err := http.NewRequest("POST", requestUrl, payload)${checked}\n`],
    [
      /res, _ := .*\n\n\tdefer/,
      `res, err := http.DefaultClient.Do(req)${checked}\n\tdefer`,
    ],
    [/\tbody, _ := .*\n/, `\tbody, err := io.ReadAll(res.Body)${checked}\n`],
    [
      /\tfmt\.Println\(res\)\n\tfmt\.Println\(string\(body\)\)\n+\}\s*$/,
      `	if res.StatusCode != http.StatusOK {
		log.Fatal(string(body))
	}
	if err := os.WriteFile("${call.output}", body, 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Println("${call.output},", res.Header.Get("x-cost"), "credits")
}
`,
    ],
  );
}

function java(call: Call): string {
  const block = json(call).replaceAll("\\", "\\\\").replaceAll('"""', '\\"""');
  const asked = swap(
    request("java", call, "v1"),
    [/^java\.io.*\n.*\n\n/, `String body = """\n${block}\n""";\n`],
    ["BodyPublishers.ofByteArray(body.toByteArray())", "BodyPublishers.ofString(body)"],
    ["java.net.URI", "URI"],
    [`"${KEY}"`, `System.getenv().getOrDefault("${KEY_VARIABLE}", "")`],
    ["HttpResponse<String>", "HttpResponse<byte[]>"],
    ["BodyHandlers.ofString()", "BodyHandlers.ofByteArray()"],
    [
      "System.out.println(response.body());",
      `if (response.statusCode() != 200) {
  System.err.println(new String(response.body()));
  System.exit(1);
}
Files.write(Path.of("${call.output}"), response.body());
System.out.println("${call.output}, " + response.headers().firstValue("x-cost").orElse("?") + " credits");`,
    ],
  );
  return `import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;

public class Example {
  public static void main(String[] arguments) throws Exception {
${indented(asked, 4)}
  }
}
`;
}

function csharp(call: Call): string {
  return `${swap(request("csharp", call, "v1"), [
    `"${KEY}"`,
    `Environment.GetEnvironmentVariable("${KEY_VARIABLE}") ?? ""`,
  ])}
if (!response.IsSuccessStatusCode)
{
    Console.Error.WriteLine(await response.Content.ReadAsStringAsync());
    return 1;
}
await File.WriteAllBytesAsync("${call.output}", await response.Content.ReadAsByteArrayAsync());
Console.WriteLine("${call.output}, " + string.Concat(response.Headers.GetValues("x-cost")) + " credits");
return 0;
`;
}

function rust(call: Call): string {
  const asked = swap(
    request("rust", call, "v1"),
    [`"${KEY}"`, `std::env::var("${KEY_VARIABLE}").unwrap_or_default()`],
  );
  return `use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
${indented(asked, 4)}
    if !response.status().is_success() {
        return Err(response.text().await?.into());
    }
    let cost = response.headers()["x-cost"].to_str()?.to_owned();
    std::fs::write("${call.output}", response.bytes().await?)?;
    println!("${call.output}, {cost} credits");
    Ok(())
}
`;
}

function swift(call: Call): string {
  return swap(
    request("swift", call, "v1"),
    [
      "import Foundation\n",
      "import Foundation\n#if canImport(FoundationNetworking)\nimport FoundationNetworking\n#endif\n",
    ],
    [`"${KEY}"`, `ProcessInfo.processInfo.environment["${KEY_VARIABLE}"] ?? ""`],
    [
      /guard let httpResponse[\s\S]*$/,
      `let answer = response as! HTTPURLResponse
if answer.statusCode != 200 {
  FileHandle.standardError.write(data)
  exit(1)
}
try data.write(to: URL(fileURLWithPath: "${call.output}"))
print("${call.output},", answer.value(forHTTPHeaderField: "x-cost") ?? "?", "credits")
`,
    ],
  );
}

function indented(text: string, by: number): string {
  return text.trimEnd().replace(/^(?=.)/gm, " ".repeat(by));
}

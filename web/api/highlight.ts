/** Colours for code: strings, comments, numbers and a few words, alike in all languages. */

export interface Token {
  kind: "" | "string" | "comment" | "number" | "word";
  text: string;
}

const WORDS =
  "async|await|as|catch|class|const|def|defer|do|done|echo|elif|else|except|exit|false|fi|fn|for|from|" +
  "func|guard|if|import|in|interface|let|main|mut|new|null|package|print|public|require|return|" +
  "satisfies|static|String|struct|then|throw|throws|true|True|False|try|unless|use|using|var|void|" +
  "while|with";
const PATTERN = new RegExp(
  [
    `(?<string>"""[^]*?"""|"(?:\\\\.|[^"\\\\\\n])*"|'(?:\\\\.|[^'\\\\])*'|\`[^\`]*\`)`,
    `(?<comment>(?<=^|\\s)(?:#(?!\\[|if|endif)|//).*)`,
    `(?<number>(?<![\\w./:-])\\d+(?:\\.\\d+)?(?![\\w.:]))`,
    `(?<word>(?<![-\\w.])(?:${WORDS})(?![-\\w]))`,
  ].join("|"),
  "gm",
);

/** The code in pieces, each of a kind. */
export function tokens(code: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  for (const match of code.matchAll(PATTERN)) {
    if (match.index > at) found.push({ kind: "", text: code.slice(at, match.index) });
    const [kind] = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined) ?? [""];
    found.push({ kind: kind as Token["kind"], text: match[0] });
    at = match.index + match[0].length;
  }
  if (at < code.length) found.push({ kind: "", text: code.slice(at) });
  return found;
}

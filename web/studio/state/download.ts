/** Files for the person: the picture in a format, or everything in one archive. */

import type { Result } from "./staging.svelte";
import { canvasOf, type Picture } from "./pictures";
import { blobOf } from "./encoder";

export const FORMATS = [
  { value: "png", label: "PNG", type: "image/png" },
  { value: "jpeg", label: "JPEG", type: "image/jpeg" },
  { value: "webp", label: "WebP", type: "image/webp" },
] as const;
export type Format = (typeof FORMATS)[number]["value"];

/** The picture in a format: its very bytes if it has that format already. */
export function encoded(picture: Picture, format: Format, quality: number): Promise<Blob> {
  const type = `image/${format}`;
  if (picture.blob.type === type) return Promise.resolve(picture.blob);
  const [canvas, pen] = canvasOf(picture.width, picture.height);
  pen.drawImage(picture.image, 0, 0);
  return blobOf(canvas, type, quality);
}

/** The picture with the words that many portals ask for, in its lower right corner. */
export function labelled(picture: Picture): Promise<Blob> {
  const [canvas, pen] = canvasOf(picture.width, picture.height);
  pen.drawImage(picture.image, 0, 0);
  const size = Math.max(14, Math.round(picture.width / 52));
  pen.font = `600 ${size}px system-ui, sans-serif`;
  const words = "Virtually staged";
  const width = pen.measureText(words).width;
  const [x, y] = [picture.width - width - size * 1.8, picture.height - size * 1.4];
  pen.fillStyle = "rgb(0 0 0 / 0.62)";
  pen.beginPath();
  pen.roundRect(x - size * 0.7, y - size * 1.25, width + size * 1.4, size * 1.85, size * 0.45);
  pen.fill();
  pen.fillStyle = "#fff";
  pen.fillText(words, x, y);
  return blobOf(canvas, "image/png");
}

/** Clean picture, labelled picture, original, cut-outs, masks and report, as a ZIP. */
export async function archive(result: Result): Promise<Blob> {
  const { zip } = await import("fflate");
  const files: Record<string, Uint8Array> = {};
  const add = async (name: string, blob: Blob) => {
    files[name] = new Uint8Array(await blob.arrayBuffer());
  };
  await add(`staged.${suffix(result.picture.blob)}`, result.picture.blob);
  await add("staged-labelled.png", await labelled(result.picture));
  await add(`original.${suffix(result.original.blob)}`, result.original.blob);
  for (const [index, part] of result.parts.entries()) {
    const name = `${index + 1}-${part.title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "product"}`;
    await add(`cut-outs/${name}.png`, part.cutout);
    await add(`masks/${name}.png`, part.mask);
  }
  files["report.json"] = new TextEncoder().encode(JSON.stringify(reportOf(result), null, 2));
  return new Promise((resolve, reject) => {
    zip(files, { level: 0 }, (error, data) =>
      error ? reject(error) : resolve(new Blob([data as Uint8Array<ArrayBuffer>], { type: "application/zip" })),
    );
  });
}

export function reportOf(result: Result): object {
  return {
    staged_at: new Date(result.when).toISOString(),
    settings: result.settings,
    seconds: Number(result.seconds.toFixed(2)),
    products: result.parts.map(({ title, told }) => ({ title, warnings: told.warnings, ...told.metadata })),
  };
}

/** Hand a file to the person. */
export function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 30_000);
}

function suffix(blob: Blob): string {
  return { "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif", "image/bmp": "bmp" }[blob.type] ?? "png";
}

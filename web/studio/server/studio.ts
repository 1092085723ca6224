/** The studio's own routes: room, cut-out, preview, upload. */

import { call } from "../../shared/api";
import { scaledImage } from "../logic/homography";
import type { Metadata } from "../logic/report";
import type { Matrix, Point, RoomFacts } from "../logic/types";

export interface Sample {
  title: string;
  url: string;
  prompt?: string;
  mask_url?: string;
}
export interface Samples {
  rooms: Sample[];
  products: Sample[];
}

export async function samples(): Promise<Samples> {
  return (await (await call("/samples/index.json")).json()) as Samples;
}

export async function download(url: string): Promise<Blob> {
  return (await call(url)).blob();
}

/** Hand a picture in; its link may be sent in its place. */
export async function upload(blob: Blob, name: string): Promise<string> {
  const form = new FormData();
  form.append("file", blob, name);
  const told = (await (await call("/upload-asset", { method: "POST", body: form })).json()) as { file_urls: string[] };
  return told.file_urls[0] ?? "";
}

interface RoomAnswer {
  width: number;
  height: number;
  horizon: number;
  focal: number;
  camera_height_m: number;
  planes: { name: string; confidence: number; to_image: Matrix; outline: Point[] }[];
  warnings?: string[];
}

/** What the analysis of a room tells, in pixels of a picture `width` wide. */
export async function analyse(link: string, width: number, signal: AbortSignal): Promise<RoomFacts> {
  const form = new FormData();
  form.append("main_image", link);
  const told = (await (await call("/studio/room", { method: "POST", body: form, signal })).json()) as RoomAnswer;
  const scale = width / told.width;
  return {
    width,
    height: told.height * scale,
    horizon: told.horizon * scale,
    focal: told.focal * scale,
    cameraHeight: told.camera_height_m,
    planes: told.planes.map((plane) => ({
      name: plane.name,
      confidence: plane.confidence,
      toImage: scaledImage(plane.to_image, scale),
      outline: plane.outline.map(([x, y]): Point => [x * scale, y * scale]),
    })),
    warnings: told.warnings ?? [],
  };
}

export interface CutRequest {
  photo: Blob | string;
  mask?: string;
  box?: readonly [number, number, number, number];
}

/** The product freed from its photo, as RGBA of the photo's size. */
export async function cutOut({ photo, mask, box }: CutRequest, signal: AbortSignal): Promise<{ blob: Blob; source: string }> {
  const form = new FormData();
  if (typeof photo === "string") form.append("overlay_image", photo);
  else form.append("overlay_image", photo, "product");
  if (mask !== undefined) form.append("overlay_image_mask", mask);
  if (box !== undefined) form.append("overlay_box", box.map(Math.round).join(","));
  const response = await call("/studio/cutout", { method: "POST", body: form, signal });
  const { source } = metadataOf(response) as { source?: string };
  return { blob: await response.blob(), source: source ?? "keyed" };
}

export type Fields = Readonly<Record<string, string | Blob>>;

export function formOf(fields: Fields): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "string") form.append(name, value);
    else form.append(name, value, `${name}.png`);
  }
  return form;
}

export interface Preview {
  blob: Blob;
  metadata: Metadata;
  warnings: string[];
}

/** A staging at preview size. */
export async function preview(fields: Fields, signal: AbortSignal): Promise<Preview> {
  const response = await call("/studio/preview", { method: "POST", body: formOf(fields), signal });
  return { blob: await response.blob(), metadata: metadataOf(response), warnings: warningsOf(response) };
}

export function metadataOf(response: Response): Metadata {
  try {
    return JSON.parse(response.headers.get("x-output-metadata") ?? "{}") as Metadata;
  } catch {
    return {};
  }
}

function warningsOf(response: Response): string[] {
  try {
    return JSON.parse(response.headers.get("x-roomstage-warnings") ?? "[]") as string[];
  } catch {
    return [];
  }
}

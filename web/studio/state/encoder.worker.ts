/** Encodes pictures aside: on the page's own thread browsers wait for idle time first, up to seconds. */

export interface Order {
  id: number;
  image: ImageBitmap;
  type: string;
  quality: number | undefined;
}

export interface Answer {
  id: number;
  blob: Blob | null;
}

const here = self as unknown as { postMessage: (answer: Answer) => void; onmessage: ((event: MessageEvent<Order>) => void) | null };

here.onmessage = ({ data: { id, image, type, quality } }) => {
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext("2d")?.drawImage(image, 0, 0);
  image.close();
  canvas
    .convertToBlob(quality === undefined ? { type } : { type, quality })
    .then((blob) => here.postMessage({ id, blob }))
    .catch(() => here.postMessage({ id, blob: null }));
};

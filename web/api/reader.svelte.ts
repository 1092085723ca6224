/** Who reads the page: the samples are filled in with the reader's key as it changes. */

import { apiKey, setApiKey } from "../shared/api";

export const reader = $state({ key: apiKey() });

/** Keep the key in this browser, for the studio too. */
export function keep(key: string): void {
  setApiKey(key);
  reader.key = apiKey();
}

/** Undo and redo over immutable states. */

export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
  /** What the last change was part of: changes of one gesture are one step back. */
  readonly gesture: string | null;
}

const LONGEST = 100;

export function begun<T>(present: T): History<T> {
  return { past: [], present, future: [], gesture: null };
}

/** The state changed; a change of the same (named) gesture replaces the last one. */
export function changed<T>(history: History<T>, present: T, gesture: string | null = null, longest = LONGEST): History<T> {
  if (gesture !== null && gesture === history.gesture) return { ...history, present, future: [] };
  const past = [...history.past, history.present].slice(-longest);
  return { past, present, future: [], gesture };
}

/** The gesture is over: the next change is a step of its own. */
export function settled<T>(history: History<T>): History<T> {
  return history.gesture === null ? history : { ...history, gesture: null };
}

export function undone<T>(history: History<T>): History<T> {
  const past = [...history.past];
  const present = past.pop();
  if (present === undefined) return history;
  return { past, present, future: [history.present, ...history.future], gesture: null };
}

export function redone<T>(history: History<T>): History<T> {
  const [present, ...future] = history.future;
  if (present === undefined) return history;
  return { past: [...history.past, history.present], present, future, gesture: null };
}

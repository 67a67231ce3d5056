/** Runs off the page's thread, or as a plain script where workers cannot be had: then it answers to a global name. */

import { place } from "./place.ts";
import type { Request } from "./types.ts";

type Scope = { postMessage?: (data: unknown) => void; document?: unknown; onmessage?: unknown; xgradPlace?: typeof place };
const scope = globalThis as unknown as Scope;

if (scope.document) scope.xgradPlace = place;
else scope.onmessage = (event: MessageEvent<Request>) => scope.postMessage?.(place(event.data));

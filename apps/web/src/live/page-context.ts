import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Identity } from "../identity/viewer.ts";
import type { Store } from "../parts/store.ts";
import type { Settings } from "../settings/settings.ts";
import type { RoomModel } from "./room-model.ts";
import type { Danmaku, Superchat } from "./rows.ts";

/** What was clicked, and where the menu should stand. */
export interface MenuTarget {
  readonly record: Danmaku | Superchat;
  readonly x: number;
  readonly y: number;
}

/** What every part of the live page may need. */
export interface PageParts {
  readonly server: string;
  readonly room: string;
  readonly model: RoomModel;
  readonly identity: Identity;
  readonly settings: Store<Settings>;
  readonly menu: Store<MenuTarget | undefined>;
  /** A sentence for the viewer, until the next one. */
  readonly notice: Store<string>;
}

export const PageContext = createContext<PageParts | undefined>(undefined);

export function usePage(): PageParts {
  const page = useContext(PageContext);
  if (page === undefined) throw new TypeError("outside of the live page");
  return page;
}

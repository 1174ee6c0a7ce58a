import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The bundled page: beside the sources in the repository, inside the published package otherwise. */
const PLACES = ["../../../web/dist", "../web"] as const;

export const findWebRoot = (): string | undefined =>
  PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((folder) =>
    existsSync(`${folder}/index.html`),
  );

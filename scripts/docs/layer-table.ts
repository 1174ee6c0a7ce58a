import { LAYERS } from "../layers.ts";
import { table } from "./table.ts";

/** The layers from the top down, as the arrows of the imports point. */
export function layerTable(): string {
  const rows = Object.entries(LAYERS)
    .toSorted(([, a], [, b]) => b.layer - a.layer)
    .map(([name, { layer, folder, job }]) => [`L${layer}`, `[${name}](${folder})`, job]);
  return table(["layer", "package", "what it does"], rows);
}

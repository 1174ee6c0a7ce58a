/** The room in `/live/:room` and `/overlay/:room`; what is no room id is left to the caller to refuse. */
export function roomOfPath(path: string): string {
  const last = path.split("/").findLast((part) => part !== "") ?? "";
  try {
    return decodeURIComponent(last);
  } catch {
    // A broken escape is no room id either way.
    return last;
  }
}

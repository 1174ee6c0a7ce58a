import { connect } from "@barrage/client";
import { isRoomId } from "@barrage/protocol";
import { Screen } from "../live/screen.ts";
import { overlayQuery } from "../settings/overlay-query.ts";
import { fillScreen } from "./fill-screen.ts";
import { roomOfPath } from "./room-of-path.ts";
import "../styles/overlay.css";

/** Danmaku on nothing: for OBS and for other pages' frames. */
const root = document.querySelector<HTMLElement>("#app");
const room = roomOfPath(location.pathname);
if (root !== null && isRoomId(room)) {
  const { settings, past } = overlayQuery(location.search);
  const screen = new Screen(root, settings);
  const connection = connect({ url: location.origin, room });
  fillScreen(screen, connection, { past });
}

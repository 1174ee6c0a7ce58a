import { LINK_CASES } from "./links.ts";
import { ROLE_CASES } from "./roles.ts";
import { SERVER_CASES } from "./servers.ts";

export const CASES = [...ROLE_CASES, ...SERVER_CASES, ...LINK_CASES] as const;

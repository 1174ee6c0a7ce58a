import { HttpLane, postRequest } from "./http-lane.ts";

interface Where {
  readonly host: string;
  readonly port: number;
}

/** Tokens of `count` viewers of the development issuer. */
export async function viewerTokens({ host, port }: Where, count: number): Promise<readonly string[]> {
  const lane = new HttpLane(host, port);
  const tokens: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const { status, body } = await lane.send(
      postRequest("/auth/login", undefined, { uid: `bench-${number}` }),
    );
    const { token } = JSON.parse(body) as { token?: string };
    if (status !== 200 || token === undefined) throw new Error(`login was answered ${status}: ${body}`);
    tokens.push(token);
  }
  lane.close();
  return tokens;
}

import type { FastifyInstance } from "fastify";
import type { HttpParts } from "../call.ts";
import { answers, Login, LoginBody } from "../schemas.ts";
import { unchecked } from "../validation.ts";

/** `POST /auth/login`: the development issuer. */
export function authRoutes(app: FastifyInstance, parts: HttpParts): void {
  app.post("/auth/login", {
    schema: {
      summary: "A token of the development issuer",
      description: "For trying things out; refused in production, where tokens come from your own issuer.",
      tags: ["auth"],
      body: LoginBody,
      response: answers(200, Login),
    },
    validatorCompiler: unchecked,
    handler: (request) => parts.authority.login(request.body),
  });
}

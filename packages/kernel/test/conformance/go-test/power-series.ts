import { Channel, type Context, recv, type Scope, select, send } from "@barrage/kernel";
import { valueOf } from "../support/waiting.ts";
import { add, mul, neg, ONE, type Rational, rational, ZERO } from "./rational.ts";

/**
 * A power series as McIlroy has it: a pair of meeting points. Whoever wants the next coefficient sends a request and
 * takes the reply; nothing is computed that was not asked for. Infinite: none of the series used here ends.
 */
export interface Series {
  readonly request: Channel<void>;
  readonly reply: Channel<Rational>;
}

type Step = (demand: () => Promise<void>, give: (value: Rational) => Promise<void>) => Promise<void>;

/** The algebra of series; each operation is a task of `scope`, and all of them end with it. */
export class PowerSeries {
  private readonly scope: Scope;
  private readonly ctx: Context;

  constructor(scope: Scope) {
    this.scope = scope;
    this.ctx = scope.context;
  }

  /** The next coefficient. */
  async get(from: Series): Promise<Rational> {
    await from.request.send(undefined, this.ctx);
    return valueOf(await from.reply.receive(this.ctx));
  }

  async take(from: Series, count: number): Promise<Rational[]> {
    const values: Rational[] = [];
    for (let i = 0; i < count; i++) values.push(await this.get(from));
    return values;
  }

  repeat(value: Rational): Series {
    return this.series(async (demand, give) => {
      for (;;) {
        await demand();
        await give(value);
      }
    });
  }

  add(u: Series, v: Series): Series {
    return this.series(async (demand, give) => {
      for (;;) {
        await demand();
        const [a, b] = await Promise.all([this.get(u), this.get(v)]);
        await give(add(a, b));
      }
    });
  }

  scale(factor: Rational, u: Series): Series {
    return this.each(u, (value) => mul(factor, value));
  }

  sub(u: Series, v: Series): Series {
    return this.add(u, this.scale(neg(ONE), v));
  }

  /** The derivative: the first coefficient is dropped. */
  diff(u: Series): Series {
    return this.series(async (demand, give) => {
      await demand();
      await this.get(u);
      for (let n = 1; ; n++) {
        await give(mul(rational(n), await this.get(u)));
        await demand();
      }
    });
  }

  /** The integral with this constant. */
  integral(constant: Rational, u: Series): Series {
    return this.series(async (demand, give) => {
      await demand();
      await give(constant);
      for (let n = 1; ; n++) {
        await demand();
        await give(mul(rational(1, n), await this.get(u)));
      }
    });
  }

  /** (u + xU)(v + xV) = uv + x(uV + vU) + x²UV: the rest is a product again. */
  mul(u: Series, v: Series): Series {
    return this.series(async (demand, give) => {
      await demand();
      const [a, b] = await Promise.all([this.get(u), this.get(v)]);
      await give(mul(a, b));
      const [u1, u2] = this.split(u);
      const [v1, v2] = this.split(v);
      const middle = this.add(this.scale(b, u1), this.scale(a, v1));
      await demand();
      await give(await this.get(middle));
      const rest = this.add(middle, this.mul(u2, v2));
      for (;;) {
        await demand();
        await give(await this.get(rest));
      }
    });
  }

  /** e to the U, from Z = 1 + ∫ Z U': it feeds on its own coefficients, so one rendezvous too few stops it. */
  exp(u: Series): Series {
    const [own, result] = [this.ends(), this.ends()];
    this.distribute(this.integral(ONE, this.mul(own, this.diff(u))), own, result);
    return result;
  }

  /** U at c·xⁿ. */
  substitute(u: Series, c: Rational, n: number): Series {
    return this.series(async (demand, give) => {
      for (let power = ONE; ; power = mul(power, c)) {
        await demand();
        await give(mul(power, await this.get(u)));
        for (let zeros = 1; zeros < n; zeros++) {
          await demand();
          await give(ZERO);
        }
      }
    });
  }

  split(u: Series): readonly [Series, Series] {
    const [a, b] = [this.ends(), this.ends()];
    this.distribute(u, a, b);
    return [a, b];
  }

  /** Gives every coefficient of `u` to both, at the pace of each; a switched-off case has no channel. */
  private distribute(u: Series, a: Series, b: Series): void {
    this.scope.spawn(async (ctx) => {
      const sides = [a, b].map((to) => ({ to, ahead: [] as Rational[], owes: false }));
      const [first, second] = sides as [(typeof sides)[number], (typeof sides)[number]];
      let asked = false;
      const ready = (side: typeof first): Channel<Rational> | null =>
        side.owes && side.ahead.length > 0 ? side.to.reply : null;
      for (;;) {
        const wanted = sides.some((side) => side.owes && side.ahead.length === 0);
        const got = await select(
          {
            demandA: recv(first.owes ? null : a.request),
            demandB: recv(second.owes ? null : b.request),
            ask: send(wanted && !asked ? u.request : null, undefined),
            value: recv(asked ? u.reply : null),
            giveA: send(ready(first), first.ahead[0] ?? ZERO),
            giveB: send(ready(second), second.ahead[0] ?? ZERO),
          },
          ctx,
        );
        if (got.case === "demandA") first.owes = true;
        else if (got.case === "demandB") second.owes = true;
        else if (got.case === "ask") asked = true;
        else if (got.case === "value") {
          asked = false;
          for (const side of sides) side.ahead.push(valueOf(got.value));
        } else {
          const side = got.case === "giveA" ? first : second;
          side.owes = false;
          side.ahead.shift();
        }
      }
    });
  }

  private each(u: Series, fn: (value: Rational) => Rational): Series {
    return this.series(async (demand, give) => {
      for (;;) {
        await demand();
        await give(fn(await this.get(u)));
      }
    });
  }

  private ends(): Series {
    return { request: new Channel(), reply: new Channel() };
  }

  private series(step: Step): Series {
    const own = this.ends();
    this.scope.spawn((ctx) =>
      step(
        async () => void (await own.request.receive(ctx)),
        (value) => own.reply.send(value, ctx),
      ),
    );
    return own;
  }
}

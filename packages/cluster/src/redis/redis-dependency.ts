import type { DependencyHealth } from "../resilience/dependency.ts";
import type { FeedHealth, RedisFeed } from "./feed/redis-feed.ts";
import type { RedisHealth, RedisLink } from "./redis-link.ts";

/** What metrics are made of. */
export interface RedisFigures {
  readonly link: RedisHealth;
  /** Absent where nothing is subscribed to. */
  readonly feed?: FeedHealth;
}

/** How Redis is, as this process sees it. */
export class RedisDependency implements DependencyHealth {
  readonly name = "redis";
  private readonly link: RedisLink;
  private readonly feed: RedisFeed | undefined;

  constructor(link: RedisLink, feed?: RedisFeed) {
    this.link = link;
    this.feed = feed;
  }

  /** Which nodes are missing; undefined when every node that serves rooms answers. */
  get health(): string | undefined {
    const away = this.link.nodesAway();
    if (away === undefined) return "No Redis node answers.";
    if (away.length > 0) return `Redis does not answer on ${away.join(", ")}.`;
    const { channels, placed } = this.feed?.health ?? { channels: 0, placed: 0 };
    if (placed < channels) return `${channels - placed} of ${channels} rooms get no batches from Redis now.`;
    return undefined;
  }

  get figures(): RedisFigures {
    const { health } = this.link;
    return this.feed === undefined ? { link: health } : { link: health, feed: this.feed.health };
  }
}

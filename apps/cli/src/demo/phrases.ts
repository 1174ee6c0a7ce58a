import type { Random } from "./random.ts";

type Words = readonly [string, ...string[]];
/** Lists whose choices are put one after the other. */
type Template = readonly Words[];

const ZH_THING: Words = [
  "这画面",
  "这配乐",
  "这个转场",
  "这光影",
  "主播",
  "这个镜头",
  "这一段",
  "这颜色",
  "这节奏",
  "背景",
];
const ZH_PRAISE: Words = [
  "太美了",
  "绝了",
  "好治愈",
  "有点东西",
  "真不错",
  "看得我起鸡皮疙瘩",
  "百看不厌",
  "稳得很",
  "太丝滑了",
  "封神",
];
const ZH_TAIL: Words = ["", "！", "~", "！！", "啊啊啊", " ♪", " ★", "吧", "，我哭死"];
const ZH_PLACE: Words = [
  "广州",
  "成都",
  "哈尔滨",
  "厦门",
  "乌鲁木齐",
  "杭州",
  "西安",
  "深圳",
  "昆明",
  "大连",
  "武汉",
  "拉萨",
];
const ZH_TIME: Words = ["早上", "中午", "下午", "深夜", "上班摸鱼", "吃着饭", "写作业"];
const EN_THING: Words = [
  "this shot",
  "the music",
  "that transition",
  "the light",
  "this part",
  "the colours",
  "the pacing",
  "the host",
];
const EN_PRAISE: Words = [
  "is gorgeous",
  "is so calming",
  "hits different",
  "is unreal",
  "never gets old",
  "is perfect",
  "made my day",
  "is wild",
];
const EN_TAIL: Words = ["", "!", "!!", " omg", " <3", " ♥", " honestly", " ngl"];
const EN_PLACE: Words = [
  "Oslo",
  "Lagos",
  "São Paulo",
  "Toronto",
  "Berlin",
  "Nairobi",
  "Osaka",
  "Leeds",
  "Hanoi",
  "Austin",
];

/** Every list is written here; how often a template is used is how often it stands in the list. */
const TEMPLATES: readonly [Template, ...Template[]] = [
  [ZH_THING, ZH_PRAISE, ZH_TAIL],
  [ZH_THING, ZH_PRAISE, ZH_TAIL],
  [ZH_THING, ["也", "真的", "简直", "果然", "居然"], ZH_PRAISE],
  [ZH_PLACE, ["观众", "的朋友", "网友", "分友"], ["报到", "打卡", "路过", "来了", "在线蹲"]],
  [ZH_TIME, ["来看", "路过", "第一次来", "又来了", "二刷"], ["", "，加油", "！", "，别停"]],
  [
    ["前方", "此处", "这里"],
    ["高能", "名场面", "空降成功", "截图了", "笑出声", "泪目"],
  ],
  [
    ["哈哈", "哈哈哈", "哈哈哈哈哈", "草", "绷不住了", "好家伙"],
    ["", "笑死", "怎么回事", "什么操作", "可以的"],
  ],
  [
    ["有没有人", "求问", "想知道"],
    ["这首歌叫什么", "用的什么设备", "在哪拍的", "下次几点播", "怎么学"],
  ],
  [EN_THING, [" "], EN_PRAISE, EN_TAIL],
  [EN_THING, [" "], EN_PRAISE, EN_TAIL],
  [
    ["hello from ", "greetings from ", "watching from "],
    EN_PLACE,
    ["", "!", " o/", " at midnight", " over lunch"],
  ],
  [
    ["what is", "does anyone know", "can someone name"],
    [" this song", " this place", " the camera"],
    ["?", "??"],
  ],
  [
    ["first time here", "just joined", "back again", "third rewatch"],
    [", love it", ", hi all", "", " :)"],
  ],
  [
    ["lol", "haha", "wow", "wait", "ok"],
    ["", " what", " again please", " that was smooth", " I felt that"],
  ],
];

/** One danmaku's text. */
export function phrase(random: Random): string {
  return random
    .pick(TEMPLATES)
    .map((words) => random.pick(words))
    .join("");
}

const ZH_NAME_A: Words = ["夜航", "半糖", "晴川", "小舟", "青柠", "北窗", "阿木", "海盐", "麦田", "纸鸢"];
const ZH_NAME_B: Words = ["听雨", "不加冰", "旅人", "汽水", "同学", "在摸鱼", "观星", "慢半拍", "", "先生"];
const EN_NAME_A: Words = [
  "quiet",
  "paper",
  "lunar",
  "mint",
  "river",
  "pixel",
  "amber",
  "north",
  "velvet",
  "tiny",
];
const EN_NAME_B: Words = [
  "otter",
  "comet",
  "kettle",
  "finch",
  "signal",
  "lantern",
  "cactus",
  "ferry",
  "maple",
  "ghost",
];

/** A made-up display name. */
export function crowdName(random: Random): string {
  const [first, second] = random.unit() < 0.6 ? [ZH_NAME_A, ZH_NAME_B] : [EN_NAME_A, EN_NAME_B];
  return `${random.pick(first)}${random.pick(second)}`;
}

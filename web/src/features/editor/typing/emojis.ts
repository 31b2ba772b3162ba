// Emoji by the names that chat programs have made common.
import type { EmojiName } from './Emoji'

// not a text: the names are typed, and the same in every language
const LIST = `
smile 😄 grin 😁 joy 😂 rofl 🤣 smiley 😃 slightly_smiling_face 🙂 wink 😉 blush 😊 innocent 😇 heart_eyes 😍
kissing_heart 😘 yum 😋 stuck_out_tongue 😛 zany_face 🤪 money_mouth_face 🤑 hugs 🤗 thinking 🤔 shushing_face 🤫 neutral_face 😐 expressionless 😑
smirk 😏 unamused 😒 roll_eyes 🙄 grimacing 😬 relieved 😌 pensive 😔 sleepy 😪 sleeping 😴 mask 😷 sick 🤒
nauseated 🤢 sneezing 🤧 hot_face 🥵 cold_face 🥶 dizzy_face 😵 exploding_head 🤯 cowboy 🤠 partying_face 🥳 sunglasses 😎 nerd 🤓
monocle 🧐 confused 😕 worried 😟 frowning 🙁 open_mouth 😮 astonished 😲 flushed 😳 pleading 🥺 fearful 😨 cold_sweat 😰
cry 😢 sob 😭 scream 😱 confounded 😖 disappointed 😞 weary 😩 tired 😫 yawning 🥱 triumph 😤 angry 😠
rage 😡 skull 💀 clown 🤡 ghost 👻 alien 👽 robot 🤖 see_no_evil 🙈 hear_no_evil 🙉 speak_no_evil 🙊 heart ❤️
orange_heart 🧡 yellow_heart 💛 green_heart 💚 blue_heart 💙 purple_heart 💜 black_heart 🖤 white_heart 🤍 broken_heart 💔 sparkling_heart 💖 hundred 💯
boom 💥 dizzy 💫 sweat_drops 💦 dash 💨 speech_balloon 💬 thought_balloon 💭 zzz 💤 wave 👋 raised_hand ✋ vulcan 🖖
ok_hand 👌 pinched_fingers 🤌 v ✌️ crossed_fingers 🤞 love_you 🤟 metal 🤘 call_me 🤙 point_left 👈 point_right 👉 point_up 👆
point_down 👇 +1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 fist ✊ punch 👊 clap 👏 raised_hands 🙌 open_hands 👐
handshake 🤝 pray 🙏 writing_hand ✍️ muscle 💪 eyes 👀 eye 👁️ brain 🧠 ear 👂 person 🧑 people 👥
family 👪 man 👨 woman 👩 student 🧑‍🎓 teacher 🧑‍🏫 scientist 🧑‍🔬 technologist 🧑‍💻 judge 🧑‍⚖️ detective 🕵️ construction_worker 👷
guard 💂 ninja 🥷 shrug 🤷 facepalm 🤦 bow 🙇 running 🏃 walking 🚶 dancer 💃 dog 🐶 cat 🐱
mouse 🐭 rabbit 🐰 fox 🦊 bear 🐻 panda 🐼 tiger 🐯 lion 🦁 cow 🐮 pig 🐷 frog 🐸
monkey 🐒 chicken 🐔 penguin 🐧 bird 🐦 eagle 🦅 duck 🦆 owl 🦉 wolf 🐺 horse 🐴 unicorn 🦄
bee 🐝 bug 🐛 butterfly 🦋 snail 🐌 turtle 🐢 snake 🐍 dinosaur 🦖 octopus 🐙 fish 🐟 dolphin 🐬
whale 🐳 shark 🦈 elephant 🐘 camel 🐫 sheep 🐑 goat 🐐 tree 🌳 evergreen_tree 🌲 palm_tree 🌴 cactus 🌵
seedling 🌱 herb 🌿 clover 🍀 leaf 🍃 maple_leaf 🍁 fallen_leaf 🍂 mushroom 🍄 bouquet 💐 tulip 🌷 rose 🌹
sunflower 🌻 blossom 🌼 earth 🌍 moon 🌙 sun ☀️ star ⭐ sparkles ✨ zap ⚡ fire 🔥 rainbow 🌈
cloud ☁️ rain 🌧️ snowflake ❄️ snowman ⛄ wind 🌬️ droplet 💧 ocean 🌊 apple 🍎 banana 🍌 lemon 🍋
orange 🍊 grapes 🍇 strawberry 🍓 cherries 🍒 peach 🍑 pineapple 🍍 avocado 🥑 tomato 🍅 carrot 🥕 corn 🌽
potato 🥔 bread 🍞 cheese 🧀 egg 🥚 pizza 🍕 burger 🍔 fries 🍟 taco 🌮 salad 🥗 soup 🍲
sushi 🍣 rice 🍚 cake 🍰 birthday 🎂 cookie 🍪 chocolate 🍫 candy 🍬 coffee ☕ tea 🍵 beer 🍺
beers 🍻 wine 🍷 champagne 🍾 cocktail 🍸 soccer ⚽ basketball 🏀 football 🏈 tennis 🎾 trophy 🏆 medal 🏅
first_place 🥇 second_place 🥈 third_place 🥉 dart 🎯 game 🎮 dice 🎲 chess ♟️ puzzle 🧩 art 🎨 music 🎵
guitar 🎸 microphone 🎤 headphones 🎧 movie 🎬 camera 📷 video 📹 tv 📺 radio 📻 ticket 🎫 gift 🎁
balloon 🎈 tada 🎉 confetti 🎊 christmas_tree 🎄 pumpkin 🎃 ribbon 🎀 car 🚗 taxi 🚕 bus 🚌 truck 🚚
ambulance 🚑 fire_engine 🚒 bike 🚲 train 🚆 airplane ✈️ rocket 🚀 helicopter 🚁 ship 🚢 sailboat ⛵ anchor ⚓
house 🏠 office 🏢 factory 🏭 hospital 🏥 bank 🏦 school 🏫 store 🏬 castle 🏰 tent ⛺ mountain ⛰️
beach 🏖️ map 🗺️ compass 🧭 world 🌐 watch ⌚ phone 📱 laptop 💻 desktop 🖥️ keyboard ⌨️ printer 🖨️
disk 💾 cd 💿 battery 🔋 plug 🔌 bulb 💡 flashlight 🔦 candle 🕯️ money 💰 dollar 💵 euro 💶
pound 💷 credit_card 💳 receipt 🧾 chart 📈 chart_down 📉 bar_chart 📊 clipboard 📋 memo 📝 pencil ✏️ pen 🖊️
paperclip 📎 pushpin 📌 scissors ✂️ ruler 📏 folder 📁 file 📄 page 📃 book 📖 books 📚 notebook 📓
newspaper 📰 bookmark 🔖 label 🏷️ calendar 📅 date 📆 envelope ✉️ email 📧 inbox 📥 outbox 📤 package 📦
mailbox 📫 megaphone 📣 loudspeaker 📢 bell 🔔 no_bell 🔕 lock 🔒 unlock 🔓 key 🔑 hammer 🔨 wrench 🔧
gear ⚙️ toolbox 🧰 magnet 🧲 scales ⚖️ link 🔗 chains ⛓️ microscope 🔬 telescope 🔭 test_tube 🧪 dna 🧬
pill 💊 syringe 💉 stethoscope 🩺 door 🚪 bed 🛏️ shower 🚿 broom 🧹 trash 🗑️ cart 🛒 hourglass ⌛
alarm ⏰ stopwatch ⏱️ clock 🕐 mag 🔍 search 🔎 check ✅ white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ x ❌
cross_mark ❌ question ❓ exclamation ❗ warning ⚠️ no_entry ⛔ prohibited 🚫 stop 🛑 construction 🚧 sos 🆘 info ℹ️
new 🆕 free 🆓 up 🆙 cool 🆒 ok 🆗 recycle ♻️ infinity ♾️ plus ➕ minus ➖ multiply ✖️
divide ➗ arrow_up ⬆️ arrow_down ⬇️ arrow_left ⬅️ arrow_right ➡️ arrows_clockwise 🔃 repeat 🔁 play ▶️ pause ⏸️ red_circle 🔴
orange_circle 🟠 yellow_circle 🟡 green_circle 🟢 blue_circle 🔵 purple_circle 🟣 white_circle ⚪ black_circle ⚫ red_square 🟥 green_square 🟩 blue_square 🟦
triangular_flag 🚩 checkered_flag 🏁 white_flag 🏳️ rainbow_flag 🏳️‍🌈 pirate_flag 🏴‍☠️ eu 🇪🇺 germany 🇩🇪 france 🇫🇷 spain 🇪🇸 italy 🇮🇹
norway 🇳🇴 sweden 🇸🇪 denmark 🇩🇰 finland 🇫🇮 netherlands 🇳🇱 poland 🇵🇱 austria 🇦🇹 switzerland 🇨🇭 uk 🇬🇧 us 🇺🇸
canada 🇨🇦 japan 🇯🇵 china 🇨🇳 india 🇮🇳 brazil 🇧🇷
`

export const EMOJIS: EmojiName[] = LIST.trim().split('\n').flatMap((line) => {
  const words = line.split(' ')
  return words.flatMap((name, index): EmojiName[] => (index % 2 === 0 ? [{ name, sign: words[index + 1] ?? '' }] : []))
})

"""Texts for tests in languages whose letters Vietnamese encodings use for other characters."""

from __future__ import annotations

FOREIGN = {
    "English": (
        "The café's résumé page © 2025 Exposé® — price £20 ±5 %, 30 °C, ½ day, naïve façade, “quoted” text, §4 "
        "¶2, 5 µm wide, a coöperative rôle. The ward's office is open from Monday to Friday; see §§ 12–14 and the "
        "¹ first and ² second notes. Temperatures of 18 °C to 25 °C ± 2 °C were measured · all rights reserved ® "
        "™ © · terms · privacy · contact."
    ),
    "French": (
        "Le comité populaire a été créé à l’été dernier ; les élèves où règne la joie ont reçu des prix près du "
        "théâtre d’opéra. « Ça me plaît », a déclaré le maire, « même si l’été a été très chaud ». Les années "
        "passées, on célébrait déjà la fête à côté du marché, là où naît le fleuve. Noël, naïf, cœur, sœur, "
        "hôpital, forêt, bientôt, où, dû, sûr."
    ),
    "German": (
        "Für die Bürger der Städte öffnen am Montag größere Büros: „Schöne Grüße aus Köln“, schrieb der "
        "Bürgermeister. Über die Straßen führt künftig eine neue Brücke, die Fußgänger müssen zunächst durch die "
        "Außenstelle. Können Sie später anrufen? Während der Prüfung hörte man Geräusche; ärgerlich, äußerst "
        "unschön, süß und überflüssig."
    ),
    "Spanish": (
        "El niño pequeño soñó con la montaña y mañana irá a España. ¿Cuándo llegó el señor Núñez? ¡Qué alegría! "
        "Según el año pasado, la compañía enseñó su diseño: años, daños, sueños, cañón, leña, araña, otoño, "
        "cariño, dueño. La Administración pública publicó también información útil sobre vivienda, educación, "
        "niñez y pingüinos."
    ),
    "Portuguese": (
        "A reunião começou às nove horas: não há razão para preocupações, disse o prefeito João. As eleições são "
        "amanhã e as informações estão à disposição da população. Às vezes, o coração não vê o que é bom; irmã, "
        "órgão, avô, três, você, fácil, útil, água, pão, mãe, mães, limões, põe, têm, lâmpada, ônibus, português, "
        "açaí."
    ),
    "Swedish": (
        "På lördag åker vi över ön för att köpa smör och bröd. Där är det så skönt på hösten när löven är röda. "
        "Må så gott! Åke går åt höger, Östen åt vänster; även små båtar får plats på sjön. Kyrkan är från före år "
        "1500."
    ),
    "Danish": (
        "På øen får børnene rødgrød med fløde, og færgen går hver dag fra køen. Så er der også sæbe, hø, æbler og "
        "øl. Næste år får vi råd til større både; søen er dejlig om sommeren. Ærø, Læsø, Fanø, Rømø, Møn og "
        "Sjælland."
    ),
    "Icelandic": (
        "Það er gott að vera á Íslandi þegar sólin skín. Þú ættir að fara með mér í fjöllin því að þar er "
        "fallegt. Ég á bók um þjóðsögur og ævintýri; hún er mjög þykk. Við förum norður á morgun og komum aftur á "
        "þriðjudaginn."
    ),
    "Turkish": (
        "Türkiye’de öğrenciler güzel bir gün geçirdi; büyük şehirlerde çok sayıda köprü var. Gözlük, çiçek, üzüm, "
        "ömür, çünkü, dün, bütün, düşünce, görüş, ölçü, süre, tören, yüzyıl, öğretmen, müdür, bölge, ürün, ücret."
    ),
    "Hungarian": (
        "Az új híd már készen áll, és a polgármester tegnap ünnepélyesen átadta. Köszönjük szépen, jó napot "
        "kívánok! Több körülmény között öröm és üröm is volt; könyv, tükör, földút, győr, fölött, előtt, mögött, "
        "időjárás, sütő."
    ),
    "Czech": (
        "Příští týden začíná školní rok; děti se těší na nové učitele. Žluťoučký kůň úpěl ďábelské ódy. Město "
        "otevřelo nové hřiště, které bude sloužit všem občanům i návštěvníkům. Úřad má otevřeno v pondělí a ve "
        "středu."
    ),
    "Polish": (
        "Zażółć gęślą jaźń. Wczoraj burmistrz otworzył nową szkołę, a dzieci były bardzo szczęśliwe. Będzie też "
        "drugi most przez rzekę, który połączy obie części miasta. Proszę, dziękuję, wójt, róża, ból, góra, "
        "źródło."
    ),
    "Finnish": (
        "Näinä päivinä järvet jäätyvät pohjoisessa. Hän meni töihin, vaikka sää oli kylmä. Yö on pitkä, eikä äiti "
        "pidä siitä; lähtö, näyttö, hyvää päivää, käytäntö, täällä, pöytä, sähkö, työ, yhtiö, ympäristö, mäki, "
        "väärä."
    ),
    "Italian": (
        "La città è più bella perché c’è il sole; però la società non può fare ciò che vuole. Così, già lunedì, è "
        "arrivata la novità: qualità, libertà, virtù, caffè, tè, né, sé, lì, là, giù, metà, università, attività."
    ),
    "Chinese": ("河内市人民委员会今天召开会议，讨论年度计划。会议由主席主持，各区代表参加。——完——"),
}

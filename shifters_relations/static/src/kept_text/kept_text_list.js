import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { KeptTextDialog, allOf } from "./kept_text_dialog";

/** All that could not be saved on this device, where people come first: whatever it was typed in. */
export class KeptTextList extends Component {
    static template = "shifters_relations.KeptTextList";
    static props = {};

    setup() {
        this.dialog = useService("dialog");
        this.keptText = useService("relationship_kept_text");
        this.state = useState({ texts: [] });
        onWillStart(async () => {
            this.state.texts = await this.keptText.find(() => true);
        });
    }

    say(text) {
        return _t("%(name)s: a text of %(when)s could not be saved.", {
            name: text.about ? text.about.display_name : text.name,
            when: this.keptText.sayWhen(text),
        });
    }

    open(text) {
        if (text.isGone) {
            this.dialog.add(KeptTextDialog, {
                title: text.name,
                reason: _t("What this was typed in has been deleted since."),
                content: allOf(text),
            });
        } else {
            this.keptText.open(text);
        }
    }

    forget(text) {
        this.keptText.forget(text.id);
        this.state.texts = this.state.texts.filter((other) => other.id !== text.id);
    }
}

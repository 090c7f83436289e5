import { Component, onMounted, onWillUnmount, toRaw, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { isConfidential } from "../kept_text/kept_text_store";
import { readTyped } from "../kept_text/typed";

const EVERY = 2_000; // milliseconds between two looks at what is typed
const TEXTS = ["char", "text", "html"];
const LINKS = ["many2one", "many2many", "one2many"];
const ABOUT = new Set(["res_model", "res_ids"]); // what says of an activity that is being planned about whom it is

/** What the law says of what stands in the form, also of what is being typed: no cursor moves, nothing is kept. */
export class SensitiveField extends Component {
    static template = "shifters_relations.SensitiveField";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.root = useRef("root");
        this.state = useState({ isTyped: false, sentence: "" });
        this.asked = "";
        onMounted(() => (this.timer = browser.setInterval(() => this.look(), EVERY)));
        onWillUnmount(() => browser.clearInterval(this.timer));
    }

    get sentence() {
        return this.state.isTyped ? this.state.sentence : this.props.record.data[this.props.name];
    }

    async look() {
        const record = toRaw(this.props.record);
        const { fields } = readTyped(this.root.el?.closest(".o_form_view"), record);
        const texts = {};
        for (const [name, { type, value }] of Object.entries(fields)) {
            if (TEXTS.includes(type) && !isConfidential(name)) {
                texts[name] = value;
            }
        }
        const asked = JSON.stringify([record.id, record.resId, texts]);
        if (asked === this.asked) {
            return;
        }
        this.asked = asked;
        this.root.el?.querySelector("details")?.removeAttribute("open"); // who types on has read it
        const names = Object.keys(texts);
        if (!names.length) {
            this.state.isTyped = false;
            return;
        }
        const values = { ...this.getKnown(record), ...texts };
        try {
            const ids = record.resId ? [record.resId] : [];
            const spec = { [this.props.name]: {} };
            const asking = [record.resModel, "onchange", [ids, values, names, spec], { context: record.context }];
            const { value = {} } = await this.orm.silent.call(...asking);
            if (asked === this.asked) {
                this.state.sentence = this.props.name in value ? value[this.props.name] : record._values[this.props.name];
                this.state.isTyped = true;
            }
        } catch {
            this.asked = ""; // asked again at the next look
        }
    }

    /** What says about whom the texts are, where that is not saved. */
    getKnown(record) {
        const changes = Object.entries(record._getChanges());
        return Object.fromEntries(changes.filter(([name]) => ABOUT.has(name) || LINKS.includes(record.fields[name].type)));
    }
}

registry.category("fields").add("relationship_sensitive", {
    component: SensitiveField,
    supportedTypes: ["char"],
});
